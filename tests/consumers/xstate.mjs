// Runs streams of events through an XState machine: `node xstate.mjs MACHINE.json`, a JSON list of streams on standard
// input, on standard output for each event of each stream the states that hold and what was ordered, in order.
import { readFileSync } from "node:fs";
import { createActor, setup, stateIn } from "xstate";

const machine = JSON.parse(readFileSync(process.argv[2], "utf8"));
const ordered = [];

const names = { guards: new Set(), actions: new Set() };
const found = (value) => {
  if (value === null || typeof value !== "object") return;
  if (typeof value.guard === "string") names.guards.add(value.guard);
  for (const action of value.actions ?? []) names.actions.add(action.type);
  Object.values(value).forEach(found);
};
found(machine);

const implemented = setup({
  guards: Object.fromEntries([...names.guards].map((name) => [name, stateIn(`#${name}`)])),
  actions: Object.fromEntries(
    [...names.actions].map((name) => [name, (_, params) => ordered.push(params?.code ?? name)]),
  ),
}).createMachine(machine);

const leaves = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(leaves));

const run = (events) => {
  const actor = createActor(implemented).start();
  return events.map((type) => {
    ordered.length = 0;
    actor.send({ type });
    return { states: leaves(actor.getSnapshot().value), ordered: [...ordered] };
  });
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(run)));
