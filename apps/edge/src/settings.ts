import {
  checkEach,
  type Environment,
  type EnvironmentName,
  oneOf,
  throwIfInvalid,
  wholeNumber,
} from '@tideway/constructs'

export interface EdgeSettings {
  /** Requests of one address in five minutes, after which it is answered 403 for a while. */
  readonly requestsPerAddress: number
  /** Where CloudFront answers from: `PriceClass_100` is North America and Europe, `PriceClass_All` everywhere. */
  readonly priceClass: 'PriceClass_100' | 'PriceClass_200' | 'PriceClass_All'
  /** `on` needs a subscription to Shield Advanced, which AWS sells for 3,000 USD a month. */
  readonly shieldAdvanced: 'on' | 'off'
  /** Whether the public zone is signed. It is believed once the zone above names the key: see README. */
  readonly dnssec: 'on' | 'off'
}

export const settings: Readonly<Record<EnvironmentName, EdgeSettings>> = {
  local: {
    requestsPerAddress: 2000,
    priceClass: 'PriceClass_100',
    shieldAdvanced: 'off',
    dnssec: 'off',
  },
  dev: {
    requestsPerAddress: 2000,
    priceClass: 'PriceClass_100',
    shieldAdvanced: 'off',
    dnssec: 'off',
  },
  prod: {
    requestsPerAddress: 2000,
    priceClass: 'PriceClass_All',
    shieldAdvanced: 'off',
    dnssec: 'on',
  },
}

/** Stops the synthesis where AWS would refuse the settings. */
export function checkSettings(settings: EdgeSettings, { name }: Environment): void {
  const { problems } = checkEach<EdgeSettings>(`apps/edge/src/settings.ts: ${name}`, settings, {
    requestsPerAddress: wholeNumber(100, 1_000_000, ': WAF counts no fewer'),
    priceClass: oneOf('PriceClass_100', 'PriceClass_200', 'PriceClass_All'),
    shieldAdvanced: oneOf('on', 'off'),
    dnssec: oneOf('on', 'off'),
  })
  throwIfInvalid(problems)
}
