// Holds every line of statements.cypher against Neo4j's own parser and semantic analysis, for Cypher 5, and makes sure
// that the check can fail: every line of refused.cypher must be refused.
const fs = require('fs');
const path = require('path');
const { lintCypherQuery } = require('@neo4j-cypher/language-support');

const parameters = { id: '', ids: [], rows: [], after: '', afterType: '', limit: 1 };
const read = (name) => fs.readFileSync(path.join(__dirname, name), 'utf8').split('\n').filter((line) => line.trim() !== '');
const faultsOf = (statement) => {
  const answer = lintCypherQuery('CYPHER 5 ' + statement, { parameters }, {});
  return (answer.diagnostics ?? answer).filter((d) => d.severity === 1).map((d) => d.message);
};

let passed = 0;
let failed = 0;
for (const statement of read('statements.cypher')) {
  const faults = faultsOf(statement);
  if (faults.length === 0) {
    passed++;
  } else {
    failed++;
    console.log(`Neo4j refuses: ${statement}\n  ${faults.join('\n  ')}`);
  }
}

for (const statement of read('refused.cypher')) {
  if (faultsOf(statement).length > 0) {
    passed++;
  } else {
    failed++;
    console.log(`Neo4j accepts what it should refuse: ${statement}`);
  }
}

console.log(`Cypher: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
