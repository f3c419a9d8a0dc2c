// Runs streams of events through an SCXML document with SCION: `node scxml.cjs MACHINE.scxml`, a JSON list of streams
// on standard input, on standard output for each event of each stream the states that hold and the events raised.
const { readFileSync } = require("node:fs");
const scxml = require("@scion-scxml/scxml");

const run = (model) => (events) => {
  const chart = new scxml.core.Statechart(model);
  const context = chart._scriptingContext; // SCION tells nobody of an event that no transition takes
  const raise = context.raise.bind(context);
  let raised = [];
  context.raise = (event) => {
    raised.push(event.name);
    raise(event);
  };
  chart.start();
  return events.map((name) => {
    raised = [];
    return { states: chart.gen({ name }), ordered: raised };
  });
};

scxml.documentStringToModel(process.argv[2], readFileSync(process.argv[2], "utf8"), (error, model) => {
  if (error) throw error;
  model.prepare((error, prepared) => {
    if (error) throw error;
    process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(run(prepared))));
  });
});
