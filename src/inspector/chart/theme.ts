/**
 * The look, as a style sheet over custom properties: light, dark, or what the reader prefers. A page takes the sheet into
 * its own and may set the properties itself; no element has a style of its own.
 */
export type Theme = "auto" | "light" | "dark";

const LIGHT = {
  bg: "#f6f7f9",
  dots: "#dde1e8",
  fill: "#ffffff",
  group: "#1a2b4a0a",
  stroke: "#c9cfda",
  text: "#171b22",
  mute: "#5f6b7e",
  edge: "#8a94a6",
  pill: "#ffffff",
  "pill-stroke": "#d9dee7",
  accent: "#2563eb",
  "accent-fill": "#eaf1ff",
  undo: "#b3690a",
  "undo-line": "#d08a24",
  "undo-fill": "#fff8ec",
  "undo-group": "#f59e0b14",
  error: "#d02b20",
  "error-fill": "#fff0ee",
  done: "#0b815a",
  timer: "#946010",
  shadow: "#10182817",
} as const;

const DARK: Readonly<Record<keyof typeof LIGHT, string>> = {
  bg: "#0e1116",
  dots: "#1d232d",
  fill: "#171c24",
  group: "#ffffff09",
  stroke: "#3a4454",
  text: "#e8ecf2",
  mute: "#98a5b9",
  edge: "#66748a",
  pill: "#1f2630",
  "pill-stroke": "#3a4454",
  accent: "#5b9dff",
  "accent-fill": "#13233f",
  undo: "#e8a13c",
  "undo-line": "#b57f32",
  "undo-fill": "#2a2013",
  "undo-group": "#e8a13c0f",
  error: "#ff7b7b",
  "error-fill": "#331a1d",
  done: "#3ccb8e",
  timer: "#f5b93d",
  shadow: "#00000080",
};

const RULES = `
.sc{font-family:Inter,system-ui,-apple-system,"Segoe UI",sans-serif;background:var(--sc-bg)}
.sc text{fill:var(--sc-text);font-size:11px}
.sc .ground{fill:var(--sc-bg)}.sc .dots{fill:var(--sc-dots)}
.sc .box{fill:var(--sc-fill);stroke:var(--sc-stroke);stroke-width:1.25}
.sc .leaf>.box{filter:drop-shadow(0 1px 1.2px var(--sc-shadow))}
.sc .group>.box{fill:var(--sc-group)}.sc .root>.box{fill:none}.sc .region>.box{stroke-dasharray:5 4}
.sc .inner{fill:none;stroke:var(--sc-stroke)}.sc .rule{stroke:var(--sc-stroke);stroke-opacity:.6}
.sc .undo>.box,.sc .undo>.inner,.sc .undo>.rule{stroke:var(--sc-undo-line)}
.sc .undo>.box{fill:var(--sc-undo-fill)}.sc .undo.group>.box{fill:var(--sc-undo-group);stroke-opacity:.6}
.sc .park>.box,.sc .park>.inner,.sc .park>.rule{stroke:var(--sc-error)}.sc .park>.box{fill:var(--sc-error-fill)}
.sc .undo>.rule,.sc .park>.rule{stroke-opacity:.3}
.sc .name{font-size:13px;font-weight:600}.sc .undo.group>.name{fill:var(--sc-undo)}.sc .park>.name{fill:var(--sc-error)}
.sc .sign{stroke:var(--sc-mute);fill:none;stroke-width:1.4;stroke-linecap:round}.sc .sign .full{fill:var(--sc-mute);stroke:none}
.sc .mark text{font-size:9.5px;font-weight:600;fill:var(--sc-mute)}.sc .mark rect{fill:none;stroke:var(--sc-mute);stroke-opacity:.5}
.sc .undo>.mark text{fill:var(--sc-undo)}.sc .undo>.mark rect{stroke:var(--sc-undo)}
.sc .park>.mark text{fill:var(--sc-error)}.sc .park>.mark rect{stroke:var(--sc-error)}
.sc .lead{fill:var(--sc-mute)}.sc text.quiet{fill:var(--sc-mute)}
.sc .chip{fill:var(--sc-mute);fill-opacity:.09}.sc .t-error.chip{fill:var(--sc-error)}.sc .t-after.chip{fill:var(--sc-timer)}.sc .t-done.chip{fill:var(--sc-done)}
.sc .icon{fill:none;stroke:var(--sc-mute);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.sc .icon.t-invoke{stroke:var(--sc-accent)}.sc .undo .icon.t-invoke{stroke:var(--sc-undo)}
.sc .icon.t-error{stroke:var(--sc-error)}.sc .icon.t-done{stroke:var(--sc-done)}.sc .icon.t-after{stroke:var(--sc-timer)}
.sc text.t-error{fill:var(--sc-error)}.sc text.t-done{fill:var(--sc-done)}.sc text.t-after{fill:var(--sc-timer)}.sc text.t-always{fill:var(--sc-mute)}
.sc .rank circle{fill:var(--sc-mute);fill-opacity:.17}.sc .rank text{font-size:9px;font-weight:600;fill:var(--sc-mute)}
.sc .start path{fill:none;stroke:var(--sc-text);stroke-width:1.4}.sc .start circle,.sc .start .tip{fill:var(--sc-text);stroke:none}
.sc .line{fill:none;stroke:var(--sc-edge);stroke-width:1.5}.sc .tip{fill:var(--sc-edge)}
.sc .e-undo .line{stroke:var(--sc-undo-line)}.sc .e-undo .tip{fill:var(--sc-undo-line)}
.sc .e-error .line{stroke:var(--sc-error);stroke-opacity:.8}.sc .e-error .tip{fill:var(--sc-error)}
.sc .dashed .line{stroke-dasharray:5 4}
.sc .halo{fill:var(--sc-bg)}.sc .pill{fill:var(--sc-pill);stroke:var(--sc-pill-stroke)}.sc .split{stroke:var(--sc-pill-stroke)}
.sc .e-error .pill{stroke:var(--sc-error);stroke-opacity:.5}
.sc .event{font-size:11.5px;font-weight:600}.sc .does{font-size:10.5px;fill:var(--sc-mute)}.sc .note{font-weight:600;fill:var(--sc-mute)}
.sc .w1 .line{stroke-width:2.2}.sc .w2 .line{stroke-width:3}.sc .w3 .line{stroke-width:3.8}
.sc .badge text{font-size:10.5px;font-weight:600;fill:var(--sc-accent)}.sc .badge .tint{fill:var(--sc-accent);fill-opacity:.15}.sc .badge .paper{fill:var(--sc-fill);stroke:var(--sc-accent);stroke-opacity:.5}
.sc .badge .spot{fill:var(--sc-accent);stroke:var(--sc-accent);stroke-width:1.5;stroke-linecap:round}
.sc .b-undo text{fill:var(--sc-undo)}.sc .b-undo .tint,.sc .b-undo .spot{fill:var(--sc-undo);stroke:var(--sc-undo)}.sc .b-undo .paper{stroke:var(--sc-undo)}
.sc .b-error text{fill:var(--sc-error)}.sc .b-error .tint,.sc .b-error .spot{fill:var(--sc-error);stroke:var(--sc-error)}.sc .b-error .paper{stroke:var(--sc-error)}
.sc .b-timer text{fill:var(--sc-timer)}.sc .b-timer .tint,.sc .b-timer .spot{fill:var(--sc-timer);stroke:var(--sc-timer)}.sc .b-timer .paper{stroke:var(--sc-timer)}
.sc .b-ended text{fill:var(--sc-mute)}.sc .b-ended .tint,.sc .b-ended .spot{fill:var(--sc-mute);stroke:var(--sc-mute)}
.sc .badge .tint{stroke:none}.sc .badge .open{fill:none}
.sc .dim{opacity:.6}.sc .line-dim .line,.sc .line-dim .tip{opacity:.4}.sc .row-dim{opacity:.35}
.sc .visited>.box{stroke:var(--sc-accent);stroke-width:1.7}
.sc .active>.box{stroke:var(--sc-accent);stroke-width:2.3;stroke-opacity:1}.sc .active.leaf>.box{fill:var(--sc-accent-fill)}
.sc .aura{fill:none;stroke:var(--sc-accent);stroke-opacity:.28;stroke-width:5}
.sc .active.undo>.box{stroke:var(--sc-undo)}.sc .active.undo.leaf>.box{fill:var(--sc-undo-fill)}.sc .undo>.aura{stroke:var(--sc-undo)}
.sc .active.park>.box{stroke:var(--sc-error)}.sc .active.park.leaf>.box{fill:var(--sc-error-fill)}.sc .park>.aura{stroke:var(--sc-error)}
.sc .taken .line{stroke:var(--sc-accent);stroke-width:2.4;stroke-opacity:1}.sc .taken .tip{fill:var(--sc-accent)}.sc .taken .pill{stroke:var(--sc-accent);stroke-width:1.5;stroke-opacity:1}
.sc .next .line{stroke-dasharray:2 4;stroke-linecap:round;stroke-width:2}.sc .next .pill{stroke:var(--sc-accent)}
.sc .turn rect{fill:var(--sc-accent)}.sc .turn text{font-size:10px;font-weight:600;fill:var(--sc-bg)}
@media(forced-colors:active){.sc{forced-color-adjust:none}}
`;

export function chartCss(theme: Theme): string {
  const light = `.sc{${propertiesOf(LIGHT)}}`;
  const dark = `.sc{${propertiesOf(DARK)}}`;
  const colors = { light, dark, auto: `${light}@media(prefers-color-scheme:dark){${dark}}` };
  return colors[theme] + RULES.trim();
}

const propertiesOf = (colors: Readonly<Record<string, string>>): string =>
  Object.entries(colors)
    .map(([name, color]) => `--sc-${name}:${color}`)
    .join(";");
