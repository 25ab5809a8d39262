import type { ChangeSummary, TerraformEvent } from './events'

/** The progress of a plan or apply: how many resources are done, and which are in progress. */
export class Progress {
  private readonly inProgress = new Map<string, number>()
  private done = 0
  private planned = 0
  private refreshed = 0
  summary: ChangeSummary | undefined
  /** Outputs that a plan adds, changes or removes. The summary does not count them. */
  changedOutputs = 0

  /** @param now milliseconds of a monotonic clock */
  constructor(
    private readonly now: () => number,
    /** How many resources the plan changes, if known. */
    private readonly total?: number,
  ) {}

  update(event: TerraformEvent): void {
    switch (event.type) {
      case 'planned_change':
        this.planned++
        break
      case 'refresh_complete':
        this.refreshed++
        break
      case 'apply_start':
        this.inProgress.set(keyOf(event.hook), this.now())
        break
      case 'apply_complete':
        this.done++
        this.inProgress.delete(keyOf(event.hook))
        break
      case 'apply_errored':
        this.inProgress.delete(keyOf(event.hook))
        break
      case 'outputs':
        this.changedOutputs = Object.values(event.outputs).filter(
          ({ action }) => action !== undefined && action !== 'noop',
        ).length
        break
      case 'change_summary':
        this.summary = event.changes
        break
    }
  }

  /** One line: done of total, then the resources in progress, longest first. */
  line(pathOf: (address: string) => string): string {
    if (this.done === 0 && this.inProgress.size === 0) {
      if (this.planned > 0) return `${this.planned} changes planned`
      return this.refreshed > 0 ? `${this.refreshed} resources read` : 'starting'
    }
    const count = this.total === undefined ? `${this.done}` : `${this.done} of ${this.total}`
    const waiting = [...this.inProgress]
      .sort(([, one], [, other]) => one - other)
      .map(([key, since]) => {
        const [action = '', address = ''] = key.split('\n')
        return `${action} ${pathOf(address)} ${elapsed(this.now() - since)}`
      })
    const [first, second, ...others] = waiting
    const shown = [first, second].filter((part) => part !== undefined).join(', ')
    const more = others.length > 0 ? `, and ${others.length} more` : ''
    return `${count} resources done${shown === '' ? '' : `; ${shown}${more}`}`
  }
}

/** The delete and the create of a replacement have the same address and may overlap. */
function keyOf({ resource, action = 'change' }: { resource: { addr: string }; action?: string }) {
  return `${action}\n${resource.addr}`
}

/** `8 s`, `1 m 05 s`. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
}
