/** What `stator check --module` loads in the tests. */
import { defineObject } from "../../src/core/define.ts";
import { broken } from "./broken-machine.ts";

const actors = ["reserve", "ship", "charge"].flatMap((name) => [name, `undo:${name}`]);
const run = () => ({ id: "1" });
const object = { name: "broken", machine: broken, actors: Object.fromEntries(actors.map((name) => [name, { run }])) };

// biome-ignore lint/style/noDefaultExport: the form of a module that the command line loads
export default [defineObject(object as never)];
