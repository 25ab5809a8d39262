import { hasSecret } from '@tideway/constructs/secrets'
import {
  inEachStatement,
  mustBeAtLeast,
  mustBeOn,
  mustBeOneOf,
  mustBeReferencedBy,
  mustBeSet,
  ownPolicy,
  where,
} from '../checks'
import { controlsFor } from '../control'
import { includesAnyone, isUnconditional } from '../policies'
import { block, isOn, isSet, valueAt } from '../values'

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
    CKV_AWS_149: {
      title: 'Secrets are encrypted with a customer managed key',
      check: mustBeSet('kms_key_id'),
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
    CKV_AWS_227: {
      title: 'KMS keys are enabled',
      check: ({ values: { is_enabled } }) =>
        isSet(is_enabled) && !isOn(is_enabled) && 'is_enabled is off',
    },
    CKV2_AWS_64: { title: 'KMS keys have a policy', check: mustBeSet('policy') },
    CKV_AWS_33: {
      title: 'Key policies are not public',
      check: where(
        'policy',
        inEachStatement(
          ownPolicy,
          (statement) =>
            statement.isAllow &&
            includesAnyone(statement) &&
            isUnconditional(statement) &&
            'anyone can use the key',
        ),
      ),
    },
  }),
  ...controlsFor(['aws_ssm_parameter'], {
    CKV2_AWS_34: {
      title: 'Parameters are encrypted',
      check: mustBeOneOf('type', ['SecureString']),
    },
    CKV_AWS_337: {
      title: 'Parameters are encrypted with a customer managed key',
      check: mustBeSet('key_id'),
    },
    CKV_AWS_384: {
      title: 'Parameters have no secrets in the code',
      check: ({ values }) =>
        [values.value, values.insecure_value].some(hasSecret) && 'a key in its value',
    },
  }),
  ...controlsFor(['aws_cloudwatch_metric_alarm'], {
    CKV_AWS_319: {
      title: 'Alarms may act',
      check: mustBeOneOf('actions_enabled', ['true'], 'true'),
    },
    'NIST.800.53.R5-CloudWatchAlarmAction': {
      title: 'Alarms have an action',
      check: ({ values }) =>
        ![values.alarm_actions, values.ok_actions, values.insufficient_data_actions].some(isSet) &&
        'no action',
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
    CKV_AWS_136: {
      title: 'Images are encrypted with a customer managed key',
      check: ({ values }) =>
        (valueAt(values, 'encryption_configuration.encryption_type') !== 'KMS' ||
          !isSet(valueAt(values, 'encryption_configuration.kms_key'))) &&
        'no kms_key',
    },
    'FSBP ECR.3': {
      title: 'Repositories have a lifecycle policy',
      check: mustBeReferencedBy('aws_ecr_lifecycle_policy', 'repository'),
    },
  }),
]
