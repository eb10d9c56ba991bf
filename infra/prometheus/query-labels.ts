import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Labels, Series } from './series.ts';

/**
 * A query that is not PromQL, or that uses a metric or label that no service exports. The message
 * says where.
 */
export class QueryError extends Error {
  override name = 'QueryError';
}

/**
 * The labels of a query's results, from Prometheus' own grammar.
 * @throws QueryError for a metric, a label or a label's value that is not among the series
 */
export function queryLabels(query: string, series: Series): Set<string> {
  const text = (node: SyntaxNode) => query.slice(node.from, node.to);
  const fail = (node: SyntaxNode, why: string): never => {
    throw new QueryError(`${why}, in ${text(node)}`);
  };

  function labelsOf(node: SyntaxNode): Set<string> {
    if (node.type.isError) fail(node.parent ?? node, 'this is not PromQL');
    const inner = union(children(node).map(labelsOf));
    switch (node.name) {
      case 'VectorSelector':
        return new Set(select(node).keys());
      case 'AggregateExpr':
        return aggregate(node, inner);
      case 'FunctionCall':
        if (node.getChild('FunctionIdentifier')?.getChild('HistogramQuantile')) inner.delete('le');
        return inner;
      case 'MatchingModifierClause':
        return new Set();
      default:
        return inner;
    }
  }

  function select(node: SyntaxNode): Labels {
    const name = text(
      node.getChild('Identifier') ?? fail(node, 'a selector needs the name of a metric'),
    );
    const labels = series.get(name) ?? fail(node, `no service exports ${name}`);
    for (const matcher of node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [])
      match(matcher, labels);
    return labels;
  }

  function match(matcher: SyntaxNode, labels: Labels): void {
    const [, label = '', operator = '', pattern = ''] =
      /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(text(matcher)) ?? [];
    const values = labels.get(label) ?? fail(matcher, `there is no label ${label}`);
    const wanted = operator.endsWith('~') ? pattern.split('|') : [pattern];
    for (const each of wanted) {
      const regex = new RegExp(`^(?:${operator.endsWith('~') ? each : RegExp.escape(each)})$`);
      if (![...values].some((value) => regex.test(value)))
        fail(matcher, `${label} is never ${each}`);
    }
  }

  function aggregate(node: SyntaxNode, inner: Set<string>): Set<string> {
    const modifier = node.getChild('AggregateModifier');
    const grouping = modifier?.getChild('GroupingLabels')?.getChildren('LabelName') ?? [];
    const names = grouping.map(text);
    for (const [i, name] of names.entries()) {
      if (!inner.has(name)) fail(grouping[i] ?? node, `there is no label ${name} to group by`);
    }
    return modifier?.getChild('Without') ? inner.difference(new Set(names)) : new Set(names);
  }

  return labelsOf(parser.parse(query).topNode);
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

function union(sets: Set<string>[]): Set<string> {
  return new Set(sets.flatMap((set) => [...set]));
}
