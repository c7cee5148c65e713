/**
 * A provider of identity for tests: the npm package `oidc-provider` on 127.0.0.1, with accounts and clients it is told
 * of at `POST /control`, which also makes it rotate its keys or spoil the tokens that it hands out. It prints its issuer.
 */
import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const state = { accounts: {}, clients: [], thin: false, spoil: null };
const counts = { "/jwks": 0, "/token": 0, "/.well-known/openid-configuration": 0 };
let issuer;
let key = freshKey();
let provider;

function freshKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { privateKey, kid: randomUUID() };
}

function make() {
  provider = new Provider(issuer, {
    clients: state.clients,
    jwks: { keys: [{ ...key.privateKey.export({ format: "jwk" }), kid: key.kid, use: "sig", alg: "RS256" }] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: state.thin,
    cookies: { keys: ["of the tests"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
    },
    findAccount: (_, sub) =>
      state.accounts[sub] && { accountId: sub, claims: () => ({ sub, ...state.accounts[sub] }) },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.account.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === "/token" && ctx.body?.id_token && state.spoil) ctx.body = spoilt(ctx.body, state.spoil);
  });
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The answer with another ID token: claims put in or left out, another header, another signature. */
function spoilt(body, { claims = {}, drop = [], header = {}, signature = "own" }) {
  const [head, payload] = body.id_token.split(".").map((part) => {
    try {
      return JSON.parse(Buffer.from(part, "base64url"));
    } catch {
      return null;
    }
  });
  const said = { ...payload, ...claims };
  for (const name of drop) delete said[name];
  const text = `${encode({ ...head, ...header })}.${encode(said)}`;
  return { ...body, id_token: `${text}.${signed(text, signature)}` };
}

function signed(text, signature) {
  if (signature === "none") return "";
  if (signature === "hmac") {
    const pem = createPublicKey(key.privateKey).export({ type: "spki", format: "pem" });
    return createHmac("sha256", pem).update(text).digest("base64url");
  }
  const { privateKey } = signature === "stranger" ? freshKey() : key;
  return sign("sha256", Buffer.from(text), privateKey).toString("base64url");
}

async function bodyOf(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
}

const FORM = `<!doctype html><html lang="en"><title>Provider</title><h1>Provider of the tests</h1>
<form method="post"><label>Account <input name="login"></label><button>Continue</button></form>`;

async function control(request, response) {
  const { rotate = false, ...told } = JSON.parse(await bodyOf(request));
  Object.assign(state, told);
  if (rotate) key = freshKey();
  if (rotate || told.clients || "thin" in told) make();
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(counts));
}

async function interaction(request, response) {
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html");
    response.end(FORM);
    return;
  }
  const account = new URLSearchParams(await bodyOf(request)).get("login");
  const result = state.accounts[account]
    ? { login: { accountId: account } }
    : { error: "access_denied", error_description: "nobody of that name" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, issuer);
  if (pathname in counts) counts[pathname] += 1;
  if (pathname === "/control") await control(request, response);
  else if (pathname.startsWith("/interaction/")) await interaction(request, response);
  else await provider.callback()(request, response);
});
server.listen(0, "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  make();
  console.log(issuer);
});
