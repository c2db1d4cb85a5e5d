// A real OpenID Connect provider on loopback: node provider.js PORT REDIRECT
import Provider from 'oidc-provider';

const [port, redirect] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'podium',
    client_secret: 's/cret:+',
    redirect_uris: [redirect],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  }],
  claims: { openid: ['sub'], profile: ['name', 'groups'], email: ['email', 'email_verified'] },
  cookies: { keys: ['of a test'] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: `${id} of the provider`,
      email: `${id}@example.com`,
      email_verified: true,
      groups: id === 'boss' ? ['podium-admins'] : ['others'],
    }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('serving'));
