import type {
  MetricInput as Metric,
  MetricQueryInput as MetricQuery,
} from '../patches/metric-input'
import { evaluateMath, MathError, type MathValue } from './metric-math'
import type { MetricStore, Range, Series } from './metric-store'

export interface QueryResult {
  readonly id: string
  readonly label: string
  readonly series: Series
}

interface Labelled {
  readonly value: MathValue
  readonly labels: readonly string[]
}

/** Evaluates queries, of which some refer to others by their ids. */
export function runQueries(
  store: MetricStore,
  queries: readonly MetricQuery[],
  { start, end }: Omit<Range, 'period'>,
): QueryResult[] {
  const periods = queries.flatMap(({ metric, period }) => (metric ? period : []))
  const values = new Map<string, Labelled>()
  const labelledOf = (id: string): Labelled => {
    const known = values.get(id)
    if (known !== undefined) return known
    const query = queries.find((each) => each.id === id)
    if (query === undefined) throw new MathError(`no query has the id ${id}`)
    // A query that refers to itself finds no value.
    values.set(id, { value: [], labels: [] })
    const value = valueOfQuery(query)
    values.set(id, value)
    return value
  }
  const valueOfQuery = (query: MetricQuery): Labelled => {
    const { metric, statistic, expression, label, id } = query
    const period = query.period || Math.min(...periods, 86_400) || 60
    const range = { start, end, period }
    if (metric !== undefined) {
      const value = store.series(metric, statistic, range)
      return { value, labels: [label ?? `${metric.name} ${statistic}`] }
    }
    let labels: string[] = []
    const value = evaluateMath(expression ?? '', {
      times: timesOf(range),
      period,
      valueOf: (other) => labelledOf(other).value,
      metrics: () =>
        queries.flatMap((each) => (each.metric ? (labelledOf(each.id).value as Series) : [])),
      search: (pattern, stat, seconds) => {
        const found = searched(store, pattern)
        labels = found.map(({ name, dimensions }) => [...Object.values(dimensions), name].join(' '))
        return found.map((each) => store.series(each, stat, { start, end, period: seconds }))
      },
    })
    const constant = (time: number) => [time, value as number] as const
    return {
      value: typeof value === 'number' ? new Map(timesOf(range).map(constant)) : value,
      labels: labels.length > 0 ? labels : [label ?? id],
    }
  }
  return queries
    .filter(({ returnsData }) => returnsData)
    .flatMap(({ id }) => {
      const { value, labels } = labelledOf(id)
      const all = Array.isArray(value) ? (value as readonly Series[]) : [value as Series]
      return all.map((series, index) => ({ id, label: labels[index] ?? labels[0] ?? id, series }))
    })
}

const maxTimes = 100_800

function timesOf({ start, end, period }: Range): number[] {
  const count = Math.ceil((end - start) / (period * 1000))
  if (count > maxTimes) {
    throw new MathError(`${count} periods are too many: the maximum is ${maxTimes}`)
  }
  return Array.from({ length: Math.max(0, count) }, (_, index) => start + index * period * 1000)
}

/** The metrics of a SEARCH: `{Namespace,Dimension} MetricName="x" Dimension="y" word`. */
function searched({ all }: MetricStore, pattern: string): Metric[] {
  const [, schema = '', rest = ''] = /^\s*\{([^}]*)\}\s*(.*)$/s.exec(pattern) ?? []
  const [namespace = '', ...names] = schema
    .split(',')
    .map((part) => part.trim().replaceAll('"', ''))
  if (namespace === '' || /(^|\s)(OR|NOT)\s/.test(rest)) {
    throw new MathError(`this search is not simulated: ${pattern}`)
  }
  const terms = [...rest.matchAll(/(?:([\w-]+)\s*=\s*)?(?:"([^"]*)"|(\S+))/g)]
    .map(([, key, quoted, plain]) => ({ key, text: quoted ?? plain ?? '' }))
    .filter(({ key, text }) => key !== undefined || text !== 'AND')
  return all.filter(
    (metric) =>
      metric.namespace === namespace &&
      String(Object.keys(metric.dimensions).sort()) === String(names.sort()) &&
      terms.every(({ key, text }) => {
        if (key === 'MetricName') return metric.name === text
        if (key !== undefined) return metric.dimensions[key] === text
        const words = [metric.name, ...Object.values(metric.dimensions)]
        return words.some((word) => word.toLowerCase().includes(text.toLowerCase()))
      }),
  )
}
