// Judges calls with ajv. The first line of the standard input is a JSON array of
// schemas, each further line [i, arguments]. Each of those is answered by a line:
// true where schema i allows the arguments, a text that says what is wrong where it
// does not, null where ajv cannot tell.
"use strict";

const drafts = {
  "": "ajv/dist/2020",
  "json-schema.org/draft/2020-12/schema": "ajv/dist/2020",
  "json-schema.org/draft/2019-09/schema": "ajv/dist/2019",
  "json-schema.org/draft-07/schema": "ajv",
  "json-schema.org/draft-04/schema": "ajv-draft-04",
};

// Formats are not judged, and words that no draft knows say nothing. Doubles divide
// with a rest where decimals do not: 0.07 is a multiple of 0.01.
const options = { strict: false, validateFormats: false, logger: false, multipleOfPrecision: 9 };

function compile(schema) {
  const draft = String(schema.$schema || "").replace(/^https?:\/\//, "").replace(/#$/, "");
  if (!(draft in drafts)) throw new Error(`no validator for the draft ${draft}`);
  const { default: Ajv } = require(drafts[draft]);
  return new Ajv(options).compile(schema);
}

function judge(validate, args) {
  try {
    if (validate(args)) return true;
  } catch (err) {
    // References that go round in a circle run out of stack.
    if (err instanceof RangeError) return null;
    throw err;
  }
  const [first] = validate.errors;
  return `${first.schemaPath} is broken at ${first.instancePath || "the top"}`;
}

const [schemas, ...calls] = require("node:fs").readFileSync(0, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const validators = [];
for (const [i, args] of calls) {
  validators[i] ??= compile(schemas[i]);
  console.log(JSON.stringify(judge(validators[i], args)));
}
