import {
  checkEach,
  type Environment,
  type EnvironmentName,
  oneOf,
  throwIfInvalid,
  wholeNumber,
} from '@tideway/constructs'

export interface EdgeSettings {
  /** Requests per address in five minutes. Above that, the address gets 403 until its rate drops. */
  readonly requestsPerAddress: number
  /** Edge locations: `PriceClass_100` is North America and Europe, `PriceClass_All` everywhere. */
  readonly priceClass: 'PriceClass_100' | 'PriceClass_200' | 'PriceClass_All'
  /** `on` needs a subscription to Shield Advanced, 3,000 USD a month. */
  readonly shieldAdvanced: 'on' | 'off'
  /** Whether the public zone is signed. Takes effect once the parent zone has the DS record: see README. */
  readonly dnssec: 'on' | 'off'
}

const development: EdgeSettings = {
  requestsPerAddress: 2000,
  priceClass: 'PriceClass_100',
  shieldAdvanced: 'off',
  dnssec: 'off',
}

export const settings: Readonly<Record<EnvironmentName, EdgeSettings>> = {
  local: development,
  dev: development,
  prod: { ...development, priceClass: 'PriceClass_All', dnssec: 'on' },
}

/** Throws if AWS would reject the settings. */
export function checkSettings(settings: EdgeSettings, { name }: Environment): void {
  const { problems } = checkEach<EdgeSettings>(`apps/edge/src/settings.ts: ${name}`, settings, {
    requestsPerAddress: wholeNumber(100, 1_000_000, ': WAF supports no lower limit'),
    priceClass: oneOf('PriceClass_100', 'PriceClass_200', 'PriceClass_All'),
    shieldAdvanced: oneOf('on', 'off'),
    dnssec: oneOf('on', 'off'),
  })
  throwIfInvalid(problems)
}
