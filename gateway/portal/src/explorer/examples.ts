/** What an integrator asks first, in tabs of their own. A test holds them to the schema. */
export const EXAMPLES = [
  {
    query: `# The first machines and how they are; the state of the fleet in one answer.
query Fleet {
  healthCounts { health assets }
  assets(first: 20) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { id key title health { health } } }
  }
}
`,
  },
  {
    query: `# Machines by their labels: all parts of the query must hold.
query Labelled($labels: String!) {
  assets(first: 20, labels: $labels) { edges { node { key labels { key value } champion { number } } } }
}
`,
    variables: `{ "labels": "maker in (acme, bolt)" }
`,
  },
  {
    query: `# Retrains a machine on a range of its history. Take an id from the first tab.
mutation Retrain($input: StartRunInput!) {
  startRun(input: $input) {
    __typename
    ... on Run { id state }
    ... on Error { code message field }
  }
}
`,
    variables: `{
  "input": {
    "blueprint": "",
    "assetIds": [],
    "start": "2026-01-01T00:00:00Z",
    "end": "2026-02-01T00:00:00Z",
    "idempotencyKey": "choose-your-own"
  }
}
`,
  },
  {
    query: `# Follows a run until it ends. Stop it with the button that started it.
subscription Follow($id: ID!) {
  runUpdated(id: $id) { state progress message }
}
`,
    variables: `{ "id": "" }
`,
  },
  {
    query: `# Every alarm of every machine, as it changes.
subscription Alarms {
  alarmChanged { id state asset { key } rule peak raisedAt }
}
`,
  },
];
