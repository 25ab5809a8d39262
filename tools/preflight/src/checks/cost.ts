import { pricesOf } from '@tideway/constructs/prices'
import { idleCost } from '@tideway/plan-review/idle-cost'
import { type Check, notChecked, ok } from '../check'
import type { Context } from '../context'

const largest = 8

export function costCheck({ platform, environment }: Context): Check {
  return {
    area: 'cost',
    subject: 'idle, a month',
    source: 'settings',
    run: async () => {
      const { monthly, parts, unpriced } = idleCost(platform.stacks)
      const details = parts
        .slice(0, largest)
        .map(({ stack, name, monthly: each }) => `${usd(each).padStart(8)}  ${name} (${stack})`)
      const note = `list prices of ${pricesOf.region}, ${pricesOf.date}, without traffic, storage and logs`
      const region = environment.region === pricesOf.region ? '' : `; ${environment.region} differs`
      const message = `about ${usd(monthly)} (${note}${region})`
      if (unpriced.length === 0) return ok(message, details)
      return notChecked(
        `more than ${usd(monthly)}: no price is known of ${unpriced.join(', ')}`,
        details,
      )
    },
  }
}

function usd(amount: number): string {
  return `${Math.round(amount)} USD`
}
