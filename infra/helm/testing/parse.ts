// Parses the subset of Go templates that our chart uses: if, else, range, define, include, variables and
// pipelines. Whatever is beyond it is an error, so that the chart stays inside.

/** A call `name arg arg`; a pipeline passes each result as the last argument of the next call. */
export type Expression =
  | { kind: 'literal'; value: unknown }
  | { kind: 'path'; variable: string | null; fields: readonly string[] }
  | { kind: 'call'; name: string; args: readonly Expression[] };

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'output'; expression: Expression }
  | { kind: 'set'; variable: string; expression: Expression }
  | { kind: 'if'; branches: readonly { test: Expression | null; body: readonly Node[] }[] }
  | { kind: 'range'; variables: readonly string[]; expression: Expression; body: readonly Node[] };

export interface Template {
  body: readonly Node[];
  /** The templates that it defines, by name. */
  defines: ReadonlyMap<string, readonly Node[]>;
}

type Piece = { text: string } | { action: string };

/** Splits the source; a dash inside the brackets trims all white space on its side, line breaks included. */
function pieces(source: string): Piece[] {
  const found: Piece[] = [];
  let rest = source;
  for (;;) {
    const match = /\{\{(-?)\s*(\/\*[\s\S]*?\*\/|[\s\S]*?)\s*(-?)\}\}/.exec(rest);
    if (!match) break;
    const [whole, trimLeft, action = '', trimRight] = match;
    const text = rest.slice(0, match.index);
    found.push({ text: trimLeft ? text.trimEnd() : text });
    if (!action.startsWith('/*')) found.push({ action });
    rest = rest.slice(match.index + whole.length);
    if (trimRight) rest = rest.trimStart();
  }
  found.push({ text: rest });
  return found;
}

export function parseTemplate(source: string): Template {
  const all = pieces(source);
  const defines = new Map<string, readonly Node[]>();
  let at = 0;

  /** Parses until `else` or `end`; the last action is returned with the nodes. */
  const block = (isTop: boolean): { nodes: Node[]; end: string } => {
    const nodes: Node[] = [];
    for (;;) {
      const piece = all[at];
      at += 1;
      if (!piece) {
        if (!isTop) throw new Error('an `end` is missing');
        return { nodes, end: '' };
      }
      if ('text' in piece) {
        if (piece.text) nodes.push({ kind: 'text', text: piece.text });
        continue;
      }
      const { action } = piece;
      if (!isTop && /^(end$|else\b)/.test(action)) return { nodes, end: action };
      const node = statement(action);
      if (node) nodes.push(node);
    }
  };

  const statement = (action: string): Node | null => {
    const [, word = '', rest = ''] = /^(\w*)\s*([\s\S]*)$/.exec(action) ?? [];
    switch (word) {
      case 'define':
        defines.set(JSON.parse(rest) as string, block(false).nodes);
        return null;
      case 'if': {
        const branches: { test: Expression | null; body: readonly Node[] }[] = [];
        let test: Expression | null = parseExpression(rest);
        for (;;) {
          const { nodes, end } = block(false);
          branches.push({ test, body: nodes });
          if (end === 'end') return { kind: 'if', branches };
          const [, condition] = /^else if\s+([\s\S]*)$/.exec(end) ?? [];
          test = condition === undefined ? null : parseExpression(condition);
        }
      }
      case 'range': {
        const [, names, list = ''] = /^(?:(\$\w+(?:\s*,\s*\$\w+)?)\s*:=)?\s*([\s\S]*)$/.exec(rest) ?? [];
        const variables = names?.split(',').map((name) => name.trim()) ?? [];
        return { kind: 'range', variables, expression: parseExpression(list), body: block(false).nodes };
      }
    }
    const [, variable, value = ''] = /^(\$\w+)\s*:=\s*([\s\S]*)$/.exec(action) ?? [];
    if (variable) return { kind: 'set', variable, expression: parseExpression(value) };
    return { kind: 'output', expression: parseExpression(action) };
  };

  return { body: block(true).nodes, defines };
}

/** Parses a pipeline. */
function parseExpression(source: string): Expression {
  const tokens = source.match(/"(?:[^"\\]|\\.)*"|[()|]|[^\s()|"]+/g) ?? [];
  let at = 0;

  const pipeline = (): Expression => {
    let result = command();
    while (tokens[at] === '|') {
      at += 1;
      const next = command();
      if (next.kind !== 'call') throw new Error(`not a function after | in: ${source}`);
      result = { ...next, args: [...next.args, result] };
    }
    return result;
  };
  const command = (): Expression => {
    const first = operand();
    if (first.kind !== 'call' || tokens[at - 1] === ')') {
      const next = tokens[at];
      if (next !== undefined && next !== '|' && next !== ')') throw new Error(`not understood: ${source}`);
      return first;
    }
    const args: Expression[] = [];
    for (let next = tokens[at]; next !== undefined && next !== '|' && next !== ')'; next = tokens[at]) {
      args.push(operand());
    }
    return { ...first, args };
  };
  const operand = (): Expression => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) throw new Error(`empty: ${source}`);
    if (token === '(') {
      const inner = pipeline();
      if (tokens[at] !== ')') throw new Error(`a bracket is not closed: ${source}`);
      at += 1;
      return inner;
    }
    if (token.startsWith('"') || /^-?\d+$/.test(token)) return { kind: 'literal', value: JSON.parse(token) };
    if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' };
    const [, variable = null, fields] = /^(\$\w*)?((?:\.\w*)*)$/.exec(token) ?? [];
    if (fields !== undefined) return { kind: 'path', variable, fields: fields.split('.').filter(Boolean) };
    if (/^[a-z]\w*$/i.test(token)) return { kind: 'call', name: token, args: [] };
    throw new Error(`not understood: ${token} in: ${source}`);
  };

  const parsed = pipeline();
  if (at < tokens.length) throw new Error(`not understood after ${tokens[at - 1]}: ${source}`);
  return parsed;
}
