// Compiles only if the packed types say what a program needs to know.
import { ConnectionFailedError, Ringproof, ThrottledError, type Checked, type RingproofOptions } from 'ringproof';

const options: RingproofOptions = { username: 'shop', password: 'password', endpoint: ['https://verify.example'] };
const ringproof = new Ringproof(options);

export async function isLetIn(serviceId: string, userId: string, token: string): Promise<boolean> {
  const method: string = await ringproof.auth.initiate(serviceId, userId, ringproof.auth.METHOD_TOTP);
  const checked: Checked = await ringproof.auth.check(serviceId, userId, token, { timeoutMs: 5_000 });
  return method === 'sms' && checked.result === 'VERIFIED';
}

export function waitSeconds(error: unknown): number {
  if (error instanceof ThrottledError) {
    return error.retryAfter ?? 30;
  }
  return error instanceof ConnectionFailedError && error.maybeSent ? 60 : 0;
}

// @ts-expect-error: a PIN is a text
void ringproof.auth.verify('service', 'user', 123456);
// @ts-expect-error: there is no such method
void ringproof.auth.initiate('service', 'user', 'pigeon');
// @ts-expect-error: the nonce must be looked at
ringproof.widget.check({}, {});
