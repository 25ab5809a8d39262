import type { Control } from '../control'
import { block, isOn, isSet } from '../values'

/** AWS cannot rotate a key that signs. */
const isSymmetric = (spec: unknown) => !isSet(spec) || spec === 'SYMMETRIC_DEFAULT'

/** How often a schedule of EventBridge's kind comes round, in days, where it can be told. */
function daysOf(expression: unknown): number {
  const [, number = '', unit = ''] = /^rate\((\d+) (day|hour)s?\)$/.exec(String(expression)) ?? []
  return Number(number || Number.NaN) / (unit === 'hour' ? 24 : 1)
}

export const secretAndLogControls: readonly Control[] = [
  {
    id: 'CKV2_AWS_57',
    asks: 'Secrets change by themselves',
    looksAt: ['aws_secretsmanager_secret'],
    fault: (secret, platform) =>
      platform.about(secret, 'aws_secretsmanager_secret_rotation', 'secret_id').length === 0 &&
      'no aws_secretsmanager_secret_rotation names it',
  },
  {
    id: 'CKV_AWS_304',
    asks: 'Secrets change every 90 days at least',
    looksAt: ['aws_secretsmanager_secret_rotation'],
    fault: ({ values }) => {
      const rules = block(values, 'rotation_rules')
      const days = Number(rules?.automatically_after_days ?? daysOf(rules?.schedule_expression))
      return !(days <= 90) && 'seldom or never'
    },
  },
  {
    id: 'CKV_AWS_7',
    asks: 'Keys change every year',
    looksAt: ['aws_kms_key'],
    where: ({ values }) => isSymmetric(values.customer_master_key_spec),
    fault: ({ values }) => !isOn(values.enable_key_rotation) && 'enable_key_rotation is off',
  },
  {
    id: 'CKV_AWS_158',
    asks: 'Logs are encrypted with a key of ours',
    looksAt: ['aws_cloudwatch_log_group'],
    fault: ({ values }) => !isSet(values.kms_key_id) && 'no kms_key_id',
  },
  {
    id: 'CKV_AWS_338',
    asks: 'Logs are kept for a year',
    looksAt: ['aws_cloudwatch_log_group'],
    fault: ({ values }) =>
      !(Number(values.retention_in_days) >= 365) &&
      `retention_in_days is ${values.retention_in_days}`,
  },
  {
    id: 'CKV_AWS_163',
    asks: 'Images are scanned when they come',
    looksAt: ['aws_ecr_repository'],
    fault: ({ values }) =>
      !isOn(block(values, 'image_scanning_configuration')?.scan_on_push) && 'scan_on_push is off',
  },
  {
    id: 'CKV_AWS_51',
    asks: 'A tag stays with its image',
    looksAt: ['aws_ecr_repository'],
    fault: ({ values }) =>
      values.image_tag_mutability !== 'IMMUTABLE' && 'image_tag_mutability is not IMMUTABLE',
  },
  {
    id: 'FSBP ECR.3',
    asks: 'Old images go',
    looksAt: ['aws_ecr_repository'],
    fault: (repository, platform) =>
      platform.about(repository, 'aws_ecr_lifecycle_policy', 'repository').length === 0 &&
      'no aws_ecr_lifecycle_policy names it',
  },
]
