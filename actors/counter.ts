/** `stator send counter/c1 ADD amount=2` */
import { defineObject } from "stator";
import { counter } from "../machines/counter.ts";

export const counterObject = defineObject({ name: "counter", machine: counter });
