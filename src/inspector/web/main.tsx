/** The inspector's pages: what every object does, why, and what comes next. */
import { render } from "preact";
import "virtual:chart.css";
import "./style/base.css";
import "./style/frame.css";
import "./style/parts.css";
import "./style/data.css";
import "./style/pages.css";
import "./style/machine.css";
import "./style/object.css";
import "./style/over.css";
import "./style/narrow.css";
import { App } from "./app.tsx";
import { followKeys } from "./keys.ts";
import { followLinks } from "./place.ts";
import { followTheme } from "./theme.ts";

followTheme();
followLinks();
followKeys();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
