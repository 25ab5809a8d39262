import type { JsonObject } from '../../src/json'
import { type PlanCase, resource } from '../plan-case'

const updated = (
  type: string,
  before: JsonObject,
  after: JsonObject,
  finds: readonly string[],
  contains?: readonly string[],
): PlanCase => ({
  before: resource(type, before),
  after: resource(type, after),
  finds,
  counts: { update: 1 },
  ...(contains && { contains }),
})

const lifecycle = (rules: readonly JsonObject[]) => ({
  resource: {
    aws_s3_bucket: { it: { bucket: 'a-bucket-for-settings' } },
    aws_s3_bucket_lifecycle_configuration: {
      it: { bucket: '${aws_s3_bucket.it.id}', rule: rules },
    },
  },
})
const expiring = (id: string, prefix: string, days: number): JsonObject => ({
  id,
  status: 'Enabled',
  filter: { prefix },
  expiration: { days },
})
const table = (more: JsonObject): JsonObject => ({
  name: 'it',
  billing_mode: 'PAY_PER_REQUEST',
  hash_key: 'id',
  attribute: [{ name: 'id', type: 'S' }],
  ...more,
})

/** Settings that lose data or capacity, and near misses. */
export const settingsCases: Readonly<Record<string, PlanCase>> = {
  'expiry-wider': {
    before: lifecycle([expiring('tmp', 'tmp/', 7)]),
    after: lifecycle([expiring('tmp', '', 7)]),
    finds: ['retention-lowered'],
    counts: { update: 1 },
    contains: ['objects expire after 7 days'],
  },
  'table-ttl': updated(
    'aws_dynamodb_table',
    table({}),
    table({ ttl: { enabled: true, attribute_name: 'until' } }),
    ['retention-lowered'],
    ['TTL is turned on'],
  ),
}
