// Renders a chart as `helm template` does, for the subset of Go templates in parse.ts and a few of Helm's functions.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { type Expression, type Node, parseTemplate } from './parse.ts';

type Values = Record<string, unknown>;
type Variables = Map<string, unknown>;

/** False as Go's templates understand it: also empty texts, lists and maps. */
const isTrue = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length > 0;
  if (value !== null && typeof value === 'object') return Object.keys(value).length > 0;
  return Boolean(value);
};
const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
const indent = (count: unknown, text: unknown) => textOf(text).replace(/^/gm, ' '.repeat(Number(count)));

const FUNCTIONS: Record<string, (...args: unknown[]) => unknown> = {
  quote: (value) => JSON.stringify(textOf(value)),
  toYaml: (value) => stringify(value, { lineWidth: 0 }).trimEnd(),
  indent,
  nindent: (count, text) => `\n${indent(count, text)}`,
  required(message, value) {
    if (value === undefined || value === null || value === '') throw new Error(textOf(message));
    return value;
  },
  printf: (format, ...args) => textOf(format).replace(/%[sdv]/g, () => textOf(args.shift())),
  not: (value) => !isTrue(value),
};

export interface Chart {
  /** The text of each template, by file name. */
  texts: ReadonlyMap<string, string>;
  /** All objects of all manifests. */
  objects: {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string };
    [field: string]: unknown;
  }[];
}

/** Renders a chart with these values on top of its own. Throws what the template's `required` says. */
export function renderChart(
  dir: string,
  values: Values,
  release = { Name: 'mb', Namespace: 'meeboter' },
): Chart {
  const files = readdirSync(join(dir, 'templates')).sort();
  const templates = files.map((file) => ({
    file,
    ...parseTemplate(readFileSync(join(dir, 'templates', file), 'utf8')),
  }));
  const defines = new Map(templates.flatMap((it) => [...it.defines]));
  const chart = parse(readFileSync(join(dir, 'Chart.yaml'), 'utf8')) as Values;
  const root = {
    Values: overlay(parse(readFileSync(join(dir, 'values.yaml'), 'utf8')), values),
    Release: { ...release, Service: 'Helm' },
    Chart: { Name: chart.name, Version: chart.version, AppVersion: chart.appVersion },
  };

  const evaluate = (expression: Expression, dot: unknown, variables: Variables): unknown => {
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'path': {
        const { variable, fields } = expression;
        if (variable && !variables.has(variable)) throw new Error(`no variable ${variable}`);
        const from = variable ? variables.get(variable) : dot;
        return fields.reduce<unknown>((value, field) => {
          if (value === undefined || value === null) throw new Error(`nil pointer: ${fields.join('.')}`);
          return (value as Values)[field];
        }, from);
      }
      case 'call': {
        const args = expression.args.map((arg) => evaluate(arg, dot, variables));
        if (expression.name === 'include') {
          const body = defines.get(textOf(args[0]));
          if (!body) throw new Error(`no template ${args[0]}`);
          return run(body, args[1], new Map([['$', args[1]]]));
        }
        const call = FUNCTIONS[expression.name];
        if (!call) throw new Error(`the renderer knows no function ${expression.name}`);
        return call(...args);
      }
    }
  };

  const run = (nodes: readonly Node[], dot: unknown, outer: Variables): string => {
    const variables = new Map(outer);
    return nodes.map((node) => runNode(node, dot, variables)).join('');
  };
  const runNode = (node: Node, dot: unknown, variables: Variables): string => {
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'output':
        return textOf(evaluate(node.expression, dot, variables));
      case 'set':
        variables.set(node.variable, evaluate(node.expression, dot, variables));
        return '';
      case 'if': {
        const taken = node.branches.find(({ test }) => !test || isTrue(evaluate(test, dot, variables)));
        return taken ? run(taken.body, dot, variables) : '';
      }
      case 'range': {
        const list = evaluate(node.expression, dot, variables) ?? {};
        // Go goes through a map in the order of its keys.
        const entries = Array.isArray(list)
          ? [...list.entries()]
          : Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1));
        return entries
          .map(([key, value]) => {
            const inner = new Map(variables);
            const names = node.variables;
            if (names.length === 2) inner.set(names[0] ?? '', key);
            if (names.length > 0) inner.set(names.at(-1) ?? '', value);
            return run(node.body, value, inner);
          })
          .join('');
      }
    }
  };

  const texts = new Map(
    templates
      .filter(({ file }) => !file.startsWith('_'))
      .map(({ file, body }) => {
        try {
          return [file, run(body, root, new Map([['$', root]]))] as const;
        } catch (cause) {
          const why = cause instanceof Error ? cause.message : String(cause);
          throw new Error(`${file}: ${why}`, { cause });
        }
      }),
  );
  const objects = [...texts].flatMap(([file, text]) =>
    file.endsWith('.yaml') ? documentsOf(file, text) : [],
  );
  return { texts, objects };
}

function documentsOf(file: string, text: string): Chart['objects'] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0]) throw new Error(`${file}: ${document.errors[0].message}`);
    const object = document.toJS() as Chart['objects'][number] | null;
    return object ? [object] : [];
  });
}

/** As Helm lays values over those of the chart: maps are merged, everything else is replaced, null removes. */
function overlay(below: unknown, above: unknown): unknown {
  const isMap = (it: unknown): it is Values => it !== null && typeof it === 'object' && !Array.isArray(it);
  if (!isMap(below) || !isMap(above)) return above === undefined ? below : above;
  const merged: Values = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === null) delete merged[key];
    else merged[key] = overlay(below[key], value);
  }
  return merged;
}
