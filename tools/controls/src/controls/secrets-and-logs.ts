import { mustBeAtLeast, mustBeOn, mustBeOneOf, mustBeReferencedBy, mustBeSet } from '../checks'
import { controlsFor } from '../control'
import { block, isSet } from '../values'

/** The days between two rotations, or NaN for schedules that are not rates. */
function daysOf(expression: unknown): number {
  const [, number, unit] = /^rate\((\d+) (day|hour)s?\)$/.exec(String(expression)) ?? []
  return Number(number) / (unit === 'hour' ? 24 : 1)
}

export const secretAndLogControls = [
  ...controlsFor(['aws_secretsmanager_secret'], {
    CKV2_AWS_57: {
      title: 'Secrets have automatic rotation',
      check: mustBeReferencedBy('aws_secretsmanager_secret_rotation', 'secret_id'),
    },
  }),
  ...controlsFor(['aws_secretsmanager_secret_rotation'], {
    CKV_AWS_304: {
      title: 'Secrets rotate at least every 90 days',
      check: ({ values }) => {
        const rules = block(values, 'rotation_rules')
        const days = Number(rules?.automatically_after_days ?? daysOf(rules?.schedule_expression))
        return !(days <= 90) && 'rotates less often, or never'
      },
    },
  }),
  ...controlsFor(['aws_kms_key'], {
    CKV_AWS_7: {
      title: 'KMS keys rotate every year',
      // KMS cannot rotate asymmetric keys.
      appliesTo: ({ values: { customer_master_key_spec: spec } }) =>
        !isSet(spec) || spec === 'SYMMETRIC_DEFAULT',
      check: mustBeOn('enable_key_rotation'),
    },
  }),
  ...controlsFor(['aws_cloudwatch_log_group'], {
    CKV_AWS_158: {
      title: 'Log groups are encrypted with a customer managed key',
      check: mustBeSet('kms_key_id'),
    },
    CKV_AWS_338: {
      title: 'Log groups keep events for at least a year',
      check: mustBeAtLeast('retention_in_days', 365),
    },
  }),
  ...controlsFor(['aws_ecr_repository'], {
    CKV_AWS_163: {
      title: 'Images are scanned on push',
      check: mustBeOn('image_scanning_configuration.scan_on_push'),
    },
    CKV_AWS_51: {
      title: 'Image tags are immutable',
      check: mustBeOneOf('image_tag_mutability', ['IMMUTABLE']),
    },
    'FSBP ECR.3': {
      title: 'Repositories have a lifecycle policy',
      check: mustBeReferencedBy('aws_ecr_lifecycle_policy', 'repository'),
    },
  }),
]
