/** The lines of Terraform's `-json` output that the wrapper reads. Lines of other types are ignored. */
export type TerraformEvent =
  | { readonly type: 'planned_change'; readonly change: { readonly action: string } }
  | {
      readonly type:
        | 'refresh_start'
        | 'refresh_complete'
        | 'apply_start'
        | 'apply_complete'
        | 'apply_errored'
      readonly '@timestamp'?: string
      readonly hook: Hook
    }
  | { readonly type: 'change_summary'; readonly changes: ChangeSummary }
  | {
      readonly type: 'outputs'
      readonly outputs: Readonly<Record<string, { readonly action?: string }>>
    }
  | { readonly type: 'diagnostic'; readonly diagnostic: Diagnostic }

interface Hook {
  readonly resource: { readonly addr: string }
  readonly action?: string
}

export interface ChangeSummary {
  readonly add: number
  readonly change: number
  readonly remove: number
  readonly import?: number
  readonly operation: 'plan' | 'apply' | 'destroy'
}

export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly summary: string
  readonly detail?: string
  readonly address?: string
  readonly snippet?: { readonly context?: string | null; readonly code: string }
}

const known = new Set([
  'planned_change',
  'refresh_start',
  'refresh_complete',
  'apply_start',
  'apply_complete',
  'apply_errored',
  'change_summary',
  'outputs',
  'diagnostic',
])

/** Undefined for events of other types; `text` for a line that is not JSON, such as a crash. */
export function readEvent(line: string): TerraformEvent | { readonly text: string } | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return { text: line }
  }
  if (typeof parsed !== 'object' || parsed === null || !('type' in parsed)) return { text: line }
  return known.has(String(parsed.type)) ? (parsed as TerraformEvent) : undefined
}

/** Formats a diagnostic: what, where, why. */
export function describeDiagnostic(
  { severity, summary, detail, address, snippet }: Diagnostic,
  pathOf: (address: string) => string,
): string {
  const lines = [`${severity === 'error' ? 'Error' : 'Warning'}: ${summary}`]
  // Prefer the address: the line of JSON beside it is usually a closing brace.
  if (address !== undefined) lines.push(`  at ${pathOf(address)}`)
  else if (snippet?.code.trim()) lines.push(`  code: ${snippet.code.trim()}`)
  if (detail) lines.push(...detail.split('\n').map((line) => `  ${line}`))
  return lines.map((line) => line.trimEnd()).join('\n')
}
