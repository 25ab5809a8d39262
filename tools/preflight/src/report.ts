import type { Result } from './check'

export const exitCodes = { passed: 0, wrong: 1, unusable: 2, notChecked: 3 } as const

/** @param isStrict whether a line that is not checked fails as well */
export function exitCodeOf(results: readonly Result[], isStrict: boolean): number {
  if (results.some(({ status }) => status === 'wrong')) return exitCodes.wrong
  const isIncomplete = results.some(({ status }) => status === 'not checked')
  // Without credentials only the settings can be checked, which says nothing about the account.
  const isEmpty = !results.some(({ status, source }) => status === 'ok' && source !== 'settings')
  return isEmpty || (isStrict && isIncomplete) ? exitCodes.notChecked : exitCodes.passed
}

export interface Header {
  readonly environment: string
  readonly account: string
  readonly region: string
}

export function toText(header: Header, results: readonly Result[]): string {
  const lines = [`${header.environment}: account ${header.account}, ${header.region}`]
  let area: string | undefined
  for (const result of results) {
    if (result.area !== area) lines.push('', result.area)
    area = result.area
    lines.push(`  ${result.status.padEnd(11)}  ${result.subject}: ${result.message}`)
    const more = (text: string) => lines.push(`${' '.repeat(15)}${text}`)
    for (const detail of result.details ?? []) more(detail)
    if (result.status !== 'wrong') continue
    more(`breaks: ${result.breaks}`)
    more(`fix: ${result.fix}`)
  }
  return `${[...lines, '', summaryOf(results)].join('\n')}\n`
}

export function toJson(header: Header, results: readonly Result[], exitCode: number): string {
  const report = { ...header, exitCode, counts: countsOf(results), results }
  return `${JSON.stringify(report, null, 2)}\n`
}

function countsOf(results: readonly Result[]) {
  const count = (wanted: Result['status']) =>
    results.filter(({ status }) => status === wanted).length
  return { ok: count('ok'), wrong: count('wrong'), notChecked: count('not checked') }
}

function summaryOf(results: readonly Result[]): string {
  const { ok, wrong, notChecked } = countsOf(results)
  return `${ok} ok, ${wrong} wrong, ${notChecked} not checked`
}
