// The form that the scenario gives an error.
import * as ringproof from 'ringproof';

// The first that fits counts: the more special ones stand before their parents.
const KINDS = [
  [ringproof.ConnectionFailedError, 'connection'],
  [ringproof.InsufficientCreditError, 'insufficient_credit'],
  [ringproof.InvalidDataError, 'invalid_data'],
  [ringproof.WrongCredentialsError, 'wrong_credentials'],
  [ringproof.ResourceForbiddenError, 'forbidden'],
  [ringproof.NoSuchResourceError, 'no_such_resource'],
  [ringproof.ResourceAlreadyExistsError, 'already_exists'],
  [ringproof.ThrottledError, 'throttled'],
  [ringproof.UnavailableError, 'unavailable'],
  [ringproof.InternalError, 'internal'],
  [ringproof.InvalidResponseError, 'invalid_response'],
  [ringproof.InvalidAnswerError, 'invalid_answer'],
];

export function describe(error) {
  const [, kind] = KINDS.find(([kindOfError]) => error instanceof kindOfError) ?? [null, 'error'];
  return {
    kind,
    status: error.status,
    reason: error.reason,
    field: error.field,
    retry_after: error.retryAfter,
    maybe_sent: kind === 'connection' ? error.maybeSent : null,
  };
}
