// Variables and expectations of the scenario.

/** A value with its `${…}` replaced. */
export function filled(value, variables) {
  if (typeof value === 'string') {
    const whole = /^\$\{([^}]+)\}$/.exec(value);
    if (whole) {
      return at(variables, whole[1]);
    }
    return value.replace(/\$\{([^}]+)\}/g, (_, path) => String(at(variables, path)));
  }
  if (Array.isArray(value)) {
    return value.map((element) => filled(element, variables));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([name, inner]) => [name, filled(inner, variables)]));
  }
  return value;
}

/** The member at a path such as `codes.0`; the value itself at an empty one. */
export function at(value, path) {
  const names = path === '' ? [] : path.split('.');
  const found = names.reduce((inner, name) => inner?.[name], value);
  if (found === undefined) {
    throw new Error(`there is no ${path}`);
  }
  return found;
}

/** What is not as expected, or null. */
export function difference(expected, found) {
  const value = found ?? null;
  const wrong = `${JSON.stringify(value)} is not ${JSON.stringify(expected)}`;
  if (Array.isArray(expected)) {
    if (!Array.isArray(value) || value.length !== expected.length) {
      return wrong;
    }
    return firstOf(expected.map((element, index) => difference(element, value[index])));
  }
  if (typeof expected !== 'object' || expected === null) {
    return expected === value ? null : wrong;
  }
  const [name] = Object.keys(expected);
  if (name === 'matches') {
    return typeof value === 'string' && new RegExp(expected.matches, 'u').test(value) ? null : wrong;
  }
  if (name === 'length') {
    return Array.isArray(value) && value.length === expected.length ? null : wrong;
  }
  if (name === 'between') {
    const [low, high] = expected.between;
    return typeof value === 'number' && value >= low && value <= high ? null : wrong;
  }
  if (typeof value !== 'object' || value === null) {
    return wrong;
  }
  return firstOf(
    Object.entries(expected).map(([member, inner]) => {
      const inside = difference(inner, value[member]);
      return inside && `${member}: ${inside}`;
    }),
  );
}

function firstOf(differences) {
  return differences.find((text) => text !== null) ?? null;
}
