import { configured, obey } from "./commands.js";
import { AuthorizationCode, ClientCredentials } from "simple-oauth2";

const { skolon, clientId, secret, authentication, redirectUri, scope } = configured;
const { origin, pathname } = new URL(skolon);
const client = { id: clientId, secret };
const auth = { tokenHost: origin, tokenPath: `${pathname}/oauth/access_token` };
const options = { authorizationMethod: authentication };
const codes = new AuthorizationCode({
  client,
  auth: { ...auth, authorizePath: `${pathname}/oauth/auth` },
  options,
});
const credentials = new ClientCredentials({ client, auth, options });

let tokens;

const told = () => ({ ...tokens.token, expired: tokens.expired() });

await obey(
  {
    authorize: ({ state }) => codes.authorizeURL({ redirect_uri: redirectUri, scope, state }),
    async redeem({ code }) {
      tokens = await codes.getToken({ code, redirect_uri: redirectUri, scope });
      return told();
    },
    async refresh({ token = tokens.token }) {
      tokens = await codes.createToken(token).refresh();
      return told();
    },
    async beTheTool() {
      tokens = await credentials.getToken({});
      return told();
    },
    // The library leaves the API to others.
    async read({ path }) {
      const headers = { Authorization: `Bearer ${tokens.token.access_token}` };
      const answer = await fetch(`${skolon}${path}`, { headers });
      return { status: answer.status, body: await answer.json() };
    },
  },
  ({ output, data }) => ({ status: output?.statusCode, error: data?.payload?.error }),
);
