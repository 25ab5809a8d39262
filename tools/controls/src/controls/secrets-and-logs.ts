import { type Control, mustBeNamedBy, mustBeOn, mustBeSet } from '../control'
import { block, isOn, isSet } from '../values'

/** AWS cannot rotate asymmetric keys. */
const isSymmetric = (spec: unknown) => !isSet(spec) || spec === 'SYMMETRIC_DEFAULT'

/** The interval of a rate expression in days, or NaN. */
function daysOf(expression: unknown): number {
  const [, number = '', unit = ''] = /^rate\((\d+) (day|hour)s?\)$/.exec(String(expression)) ?? []
  return Number(number || Number.NaN) / (unit === 'hour' ? 24 : 1)
}

export const secretAndLogControls: readonly Control[] = [
  {
    id: 'CKV2_AWS_57',
    requires: 'Secrets rotate automatically',
    types: ['aws_secretsmanager_secret'],
    fault: mustBeNamedBy('aws_secretsmanager_secret_rotation', 'secret_id'),
  },
  {
    id: 'CKV_AWS_304',
    requires: 'Secrets rotate at least every 90 days',
    types: ['aws_secretsmanager_secret_rotation'],
    fault: ({ values }) => {
      const rules = block(values, 'rotation_rules')
      const days = Number(rules?.automatically_after_days ?? daysOf(rules?.schedule_expression))
      return !(days <= 90) && 'rotates less often than every 90 days'
    },
  },
  {
    id: 'CKV_AWS_7',
    requires: 'KMS keys rotate',
    types: ['aws_kms_key'],
    where: ({ values }) => isSymmetric(values.customer_master_key_spec),
    fault: mustBeOn('enable_key_rotation'),
  },
  {
    id: 'CKV_AWS_158',
    requires: 'Log groups are encrypted with a customer managed key',
    types: ['aws_cloudwatch_log_group'],
    fault: mustBeSet('kms_key_id'),
  },
  {
    id: 'CKV_AWS_338',
    requires: 'Log groups keep logs for a year',
    types: ['aws_cloudwatch_log_group'],
    fault: ({ values }) =>
      !(Number(values.retention_in_days) >= 365) &&
      `retention_in_days is ${values.retention_in_days}`,
  },
  {
    id: 'CKV_AWS_163',
    requires: 'Images are scanned on push',
    types: ['aws_ecr_repository'],
    fault: ({ values }) =>
      !isOn(block(values, 'image_scanning_configuration')?.scan_on_push) && 'scan_on_push is off',
  },
  {
    id: 'CKV_AWS_51',
    requires: 'Image tags are immutable',
    types: ['aws_ecr_repository'],
    fault: ({ values }) =>
      values.image_tag_mutability !== 'IMMUTABLE' && 'image_tag_mutability is not IMMUTABLE',
  },
  {
    id: 'FSBP ECR.3',
    requires: 'Repositories have a lifecycle policy',
    types: ['aws_ecr_repository'],
    fault: mustBeNamedBy('aws_ecr_lifecycle_policy', 'repository'),
  },
]
