// The names of the scenario, as calls of the library.

const authenticator = ({ id, name, kind, confirmed, algorithm, digits, period, ctime, used }) => ({
  id, name, kind, confirmed, algorithm, digits, period, ctime, used,
});

export const CALLS = {
  'services.create': (r, a) => r.services.create(a.domain, a.name),
  'services.get': (r, a) => r.services.get(a.service_id),
  'services.delete': (r, a) => r.services.delete(a.service_id),
  'users.create': (r, a) => r.users.create(a.service_id, a.number, a.username),
  'users.get': (r, a) => r.users.get(a.service_id, a.user_id),
  'users.get_all': (r, a) =>
    r.users.getAll(a.service_id, { limit: a.limit, offset: a.offset }),
  'users.delete': (r, a) => r.users.delete(a.service_id, a.user_id),
  'users.unlock': (r, a) => r.users.unlock(a.service_id, a.user_id),
  'auth.initiate': (r, a) => r.auth.initiate(a.service_id, a.user_id, a.method),
  'auth.start': async (r, a) => {
    const { method, authId } = await r.auth.start(a.service_id, a.user_id, a.method);
    return { method, auth_id: authId };
  },
  'auth.verify': (r, a) => r.auth.verify(a.service_id, a.user_id, a.token),
  'auth.check': async (r, a) => {
    const checked = await r.auth.check(a.service_id, a.user_id, a.token);
    const { verified, method, result, retryAfter } = checked;
    return { verified, method, result, retry_after: retryAfter };
  },
  'authenticators.create': async (r, a) => {
    const { name, algorithm, secret } = a;
    const made = await r.authenticators.create(a.service_id, a.user_id, { name, algorithm, secret });
    const { uri, qr_svg, qr_png } = made;
    return { ...authenticator(made), secret: made.secret, uri, qr_svg, qr_png };
  },
  'authenticators.confirm': (r, a) =>
    r.authenticators.confirm(a.service_id, a.user_id, a.authenticator_id, a.token),
  'authenticators.list': (r, a) => r.authenticators.list(a.service_id, a.user_id),
  'authenticators.delete': (r, a) =>
    r.authenticators.delete(a.service_id, a.user_id, a.authenticator_id),
  'recovery.create': async (r, a) => {
    const { codes } = await r.recovery.create(a.service_id, a.user_id);
    return { codes };
  },
  'recovery.state': (r, a) => r.recovery.state(a.service_id, a.user_id),
  'recovery.use': (r, a) => r.recovery.use(a.service_id, a.user_id, a.code),
  'number.start': (r, a) =>
    r.number.start(a.to, {
      template: a.template,
      pinLength: a.pin_length,
      from: a.from,
      maxTries: a.max_tries,
      retryDelay: a.retry_delay,
      validity: a.validity,
      ip: a.ip,
      browser: a.browser,
      cookie: a.cookie,
    }),
  'number.verify': (r, a) =>
    r.number.check(a.verification_id, a.pin, { ip: a.ip, browser: a.browser, cookie: a.cookie }),
  'sms.send': (r, a) => r.sms.send(a.to, a.text, { from: a.from, timeToSend: a.time_to_send }),
  'sms.state': (r, a) => r.sms.state(a.message_id),
  'sms.cancel': (r, a) => r.sms.cancel(a.message_id),
  'sms.balance': (r) => r.sms.balance(),
  'sms.prices': (r, a) => r.sms.prices(a.country),
  'sms.price_list': (r) => r.sms.priceList(),
  'widget.request': (r, a) => {
    const { nonce, url } = r.widget.request({ callbackUrl: a.callback_url, phone: a.phone });
    return { nonce, address: url };
  },
  'widget.check': (r, a) => {
    const { isVerified, phone, vid } = r.widget.check(a.fields, { nonce: a.nonce, phone: a.phone });
    return { verified: isVerified, phone, vid };
  },
  'widget.confirm': async (r, a) => {
    const { isVerified, phone, user, version, nonce, callbackUrl } = await r.widget.confirm(a.vid);
    return { verified: isVerified, phone, user, version, nonce, callback_url: callbackUrl };
  },
};
