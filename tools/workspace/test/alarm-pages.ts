import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runbooks } from '@tideway/constructs'
import type { StackJson } from '@tideway/constructs/references'

const folder = resolve(__dirname, '../../../docs/operations')

/** The pages for those on call, by name, with their text. */
export const pages: ReadonlyMap<string, string> = new Map(
  readdirSync(folder).map((file) => [
    file.replace(/\.md$/, ''),
    readFileSync(join(folder, file), 'utf8'),
  ]),
)

interface AlarmRow {
  /** The name of the alarm, with what differs in angle brackets. */
  readonly name: string
  readonly page: string
}

/** The alarms that the index lists under headings. @default all */
export function alarmRows(...headings: readonly string[]): AlarmRow[] {
  const [, listed = ''] = (pages.get('README') ?? '').split('\n## You were paged\n')
  return (listed.split('\n## ')[0] ?? '')
    .split('\n### ')
    .filter((section) => headings.length === 0 || headings.includes(section.split('\n')[0] ?? ''))
    .flatMap(rowsIn)
}

export function rowsIn(text: string): AlarmRow[] {
  return text.split('\n').flatMap((line) => {
    const [, names = '', page] = /^\| (`.*?) \| .*?\]\(([\w-]+)\.md\)/.exec(line) ?? []
    if (page === undefined) return []
    return [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ name, page }))
  })
}

/** What is wrong with the descriptions of alarms, and the rows of the index that are no alarm's. */
export function checkAlarms(
  stacks: readonly StackJson[],
  rows: readonly AlarmRow[],
  environment: string,
) {
  const alarms = stacks.flatMap(({ resource }) =>
    Object.values(resource?.aws_cloudwatch_metric_alarm ?? {}),
  )
  const used = new Set<AlarmRow>()
  const problems = alarms.flatMap(({ alarm_name: name, alarm_description }) => {
    const description = `${alarm_description}`
    const [start, page] = description.split(`${runbooks}/`)
    const row = rows.find((each) => `${each.page}.md` === page && matches(each, name, environment))
    if (row !== undefined) used.add(row)
    return [
      ...(start?.endsWith(' What to do: ')
        ? []
        : [`${name}: must end with the address of its page`]),
      ...(row === undefined ? [`${name}: must be in the index, with the page ${page}`] : []),
      ...(description.length > 1024 ? [`${name}: must be described in 1,024 characters`] : []),
    ]
  })
  return { problems, unused: rows.filter((row) => !used.has(row)).map(({ name }) => name) }
}

function matches(row: AlarmRow, name: unknown, environment: string): boolean {
  const pattern = row.name.replace('<environment>', environment).replace(/<\w+>/g, '.+')
  return new RegExp(`^${pattern}$`).test(`${name}`)
}
