/** What opens over the page: dialogs and the drawer. The browser keeps the focus inside and Escape closes. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

/** The part of a dialog where typing begins; it may come later than the dialog itself. */
export function useFirstFocus<T extends HTMLElement>(selector?: string): { current: T | null } {
  const element = useRef<T>(null);
  useEffect(() => {
    const target = selector === undefined ? element.current : element.current?.querySelector<HTMLElement>(selector);
    target?.focus();
  }, []);
  return element;
}

export interface FormFootProps {
  /** Why it did not go; empty where nothing did. */
  readonly failure: string;
  readonly label: string;
  readonly isDanger?: boolean;
  readonly isOff?: boolean;
}

/** What went wrong, and the button that tries. */
export function FormFoot({ failure, label, isDanger = false, isOff = false }: FormFootProps): JSX.Element {
  return (
    <>
      {failure === "" ? undefined : (
        <p class="field-error" role="alert">
          {failure}
        </p>
      )}
      <footer class="over-foot">
        <button type="submit" class={`button ${isDanger ? "button-danger" : "button-main"}`} disabled={isOff}>
          {label}
        </button>
      </footer>
    </>
  );
}

export interface DialogProps {
  readonly title: ComponentChildren;
  readonly look?: "dialog" | "drawer" | "jump";
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, look = "dialog", onClose, children }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    element.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes it on Escape; the click is for the ground beside it
    <dialog
      ref={element}
      class={`over ${look}`}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div class="over-body">
        <header class={look === "jump" ? "hidden" : "over-head"}>
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="icon-button" onClick={onClose} aria-label="Close">
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
