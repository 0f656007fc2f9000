/** Bundles the pages into static files under `/inspector/`: one script, one style sheet, one font, their licences. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { chartCss } from "../chart/theme.ts";

/** The chart's own style sheet, light and dark by the page's theme: `virtual:chart.css`. */
const chartStyle: Plugin = {
  name: "chart-style",
  resolveId: (id) => (id === "virtual:chart.css" ? "\0chart.css" : undefined),
  load: (id) => (id === "\0chart.css" ? `${chartCss("light")}\n:root[data-theme="dark"] ${darkColors()}` : undefined),
};

function darkColors(): string {
  const css = chartCss("dark");
  return css.slice(0, css.indexOf("}") + 1);
}

/** What is bundled asks to be named beside its copies. */
const licences: Plugin = {
  name: "licences",
  generateBundle() {
    const require = createRequire(import.meta.url);
    const texts = ["preact", "@fontsource-variable/inter"].map((name) => {
      const folder = dirname(require.resolve(`${name}/package.json`));
      return `${name}\n\n${readFileSync(join(folder, "LICENSE"), "utf8").trim()}\n`;
    });
    this.emitFile({ type: "asset", fileName: "assets/LICENSES.txt", source: texts.join("\n\n") });
  },
};

export default defineConfig({
  base: "/inspector/",
  plugins: [chartStyle, licences],
  build: {
    assetsInlineLimit: 0, // a data: URL would need another policy
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: "es2022",
  },
});
