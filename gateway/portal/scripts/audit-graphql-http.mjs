/** Asks a server what the GraphQL over HTTP specification wants, and prints each answer: `node … <url>`, key in ANDON_KEY. */
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
const authorization = `Bearer ${process.env["ANDON_KEY"]}`;
const fetchFn = (input, init) => fetch(input, { ...init, headers: { ...init?.headers, authorization } });

const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { status, reason } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason: reason ?? null });
}
console.log(JSON.stringify(results));
