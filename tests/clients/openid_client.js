import { configured, obey } from "./commands.js";
import * as oauth from "openid-client";

const { skolon, clientId, secret, authentication, redirectUri, scope } = configured;
const config = new oauth.Configuration(
  {
    issuer: skolon,
    authorization_endpoint: `${skolon}/oauth/auth`,
    token_endpoint: `${skolon}/oauth/access_token`,
  },
  clientId,
  undefined,
  oauth[authentication](secret),
);
oauth.allowInsecureRequests(config);

const codeVerifier = oauth.randomPKCECodeVerifier();
const state = oauth.randomState();
let tokens;

await obey(
  {
    async authorize() {
      const challenge = await oauth.calculatePKCECodeChallenge(codeVerifier);
      return oauth.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        state,
        code_challenge: challenge,
        code_challenge_method: "S256",
      });
    },
    async redeem({ callback, verifier = codeVerifier }) {
      tokens = await oauth.authorizationCodeGrant(config, new URL(callback), {
        pkceCodeVerifier: verifier,
        expectedState: state,
      });
      return tokens;
    },
    async refresh({ token = tokens.refresh_token }) {
      tokens = await oauth.refreshTokenGrant(config, token);
      return tokens;
    },
    async beTheTool() {
      tokens = await oauth.clientCredentialsGrant(config);
      return tokens;
    },
    async read({ path }) {
      const url = new URL(`${skolon}${path}`);
      const answer = await oauth.fetchProtectedResource(config, tokens.access_token, url, "GET");
      return { status: answer.status, body: await answer.json() };
    },
  },
  async ({ code, status, error, response }) => ({
    code,
    status,
    // At a 401 with a challenge the library throws that, and leaves the body to be read.
    error: error ?? (response && (await response.json()).error),
  }),
);
