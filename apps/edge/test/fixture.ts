import type { Environment } from '@tideway/constructs'
import {
  type Block,
  resourceAt,
  type Synthesized,
  synthesizedOnce,
  testApp,
  testEnvironment,
} from '@tideway/constructs/testing'
import type { EdgeSettings } from '../src/settings'
import { EdgeStack } from '../src/stack'

/** The edge of an environment outside us-east-1, with a signed zone. */
export const edge = synthesizedOnce(
  (environment: Partial<Environment> = {}, settings: Partial<EdgeSettings> = {}) =>
    new EdgeStack(testApp(), {
      environment: testEnvironment(environment),
      settings: {
        requestsPerAddress: 1500,
        priceClass: 'PriceClass_200',
        shieldAdvanced: 'off',
        dnssec: 'on',
        ...settings,
      },
    }),
)

/** The reference to an output of another stack. */
export function outputOf(stack: 'network' | 'data' | 'compute', name: string): string {
  return `\${data.terraform_remote_state.${stack}.outputs.${name}}`
}

/** The distribution of the site, besides those of hosts. */
export function siteOf(json: Synthesized): Block {
  return resourceAt(json, 'aws_cloudfront_distribution', 'edge/distribution/distribution')
}
