/**
 * How wide a text is, without a font: advances of Inter, in thousandths of an em. The SVG states the same widths
 * (`textLength`), so a reader without Inter sees other letters, but nothing moves and nothing overlaps.
 */
export type Weight = 400 | 600;

/** Characters 32 to 126. */
const ADVANCES: Readonly<Record<Weight, readonly number[]>> = {
  400: numbers(`281 278 403 631 638 813 639 222 362 362 500 659 280 460 276 357 625 464 605 636 642 608 624 571 616 624 276
    280 659 659 659 507 936 676 651 727 719 598 587 743 740 264 543 652 563 889 753 761 635 761 639 638 642 741
    676 949 642 665 625 362 357 362 469 452 497 564 621 558 621 582 361 609 591 237 237 544 237 869 585 597 609
    609 372 523 364 581 557 813 540 557 541 362 327 362 659`),
  600: numbers(`248 309 396 643 649 844 663 213 393 393 543 673 295 466 290 379 667 481 621 652 666 632 648 587 646 648 290
    295 673 673 673 544 999 724 657 744 724 608 586 755 744 275 561 677 566 906 741 775 643 776 651 649 660 734
    724 1007 690 705 653 393 379 393 481 468 497 575 630 577 630 593 377 625 613 261 261 569 261 898 610 608 625
    625 397 549 380 608 576 837 563 576 562 393 358 393 673`),
};
const FIRST = 32;
const SIGNS: Readonly<Record<string, number>> = {
  "→": 955,
  "›": 381,
  "·": 290,
  "…": 821,
  "×": 673,
  "↩": 1154,
  "↻": 955,
};
const LETTER = 690;
const EM = 1000;
/** Chinese, Japanese, Korean, full width forms and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

export function textWidth(text: string, size: number, weight: Weight = 400): number {
  let sum = 0;
  for (const character of text) sum += advanceOf(character, weight);
  return (sum * size) / EM;
}

function advanceOf(character: string, weight: Weight): number {
  const known = ADVANCES[weight][(character.codePointAt(0) ?? 0) - FIRST] ?? SIGNS[character];
  return known ?? (WIDE.test(character) ? EM * 1.1 : LETTER);
}

/** Cut to a width, with an ellipsis. */
export function shorten(text: string, width: number, size: number, weight: Weight = 400): string {
  if (textWidth(text, size, weight) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join("")}…`, size, weight) > width) characters.pop();
  return `${characters.join("")}…`;
}

/** Words in lines of at most a width; a word that is wider has a line of its own. */
export function wrap(words: readonly string[], width: number, size: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function numbers(text: string): readonly number[] {
  return text.split(/\s+/).map(Number);
}
