import { isObject, isString, type Problem } from '@tideway/constructs'
import { hasSecret, isSecret } from '@tideway/constructs/secrets'
import { problemUnless } from './values'

/** A secret of Secrets Manager, or a parameter of Parameter Store, by its name in the account of the environment. */
export type SecretSource =
  | {
      /** The name of a secret, without the six characters at the end of its ARN. */
      readonly secret: string
      /**
       * A key of the JSON in the secret.
       *
       * @default the whole value
       */
      readonly key?: string
    }
  | {
      /** The name of a parameter, with its path. */
      readonly parameter: string
    }

/** Variables of a container: of the service, or of a sidecar. */
export interface VariableFields {
  /**
   * Environment variables. Values that must stay secret belong in `secrets`.
   *
   * @default only those of the platform
   * @example environment: { LOG_LEVEL: 'info' }
   */
  readonly environment?: Readonly<Record<string, string>>
  /**
   * Environment variables with the values of secrets (Secrets Manager) and parameters (Parameter Store), by name. ECS
   * reads them when a task starts. Only the execution role of this service may read and decrypt them, with any key whose
   * policy lets IAM decide. Their values are not in the Terraform state.
   *
   * @default none
   * @example secrets: { PAYMENT_KEY: { secret: 'payments/provider', key: 'api' }, REGION_CODE: { parameter: '/shared/region' } }
   */
  readonly secrets?: Readonly<Record<string, SecretSource>>
}

export interface FeatureFlagFields {
  /**
   * Feature flags, which a task reads at its start as JSON in the variable `FEATURE_FLAGS`. Operators change them in the
   * parameter, so these are only the values with which the parameter is created. `off` removes it, with its values.
   *
   * @default {}
   * @example featureFlags: { newCheckout: false }
   */
  readonly featureFlags?: 'off' | Readonly<Record<string, boolean | number | string>>
}

export const secretNameRule =
  'the name of a secret: 1 to 512 letters, digits and / _ + = . @ -, not ending in a hyphen and six characters, which Secrets Manager takes for the end of an ARN'

export function isSecretName(name: unknown): name is string {
  return isString(name) && /^[\w/+=.@-]{1,512}$/.test(name) && !/-[A-Za-z0-9]{6}$/.test(name)
}

/** The problems of the variables of a container. They never show a value, which could be a secret. */
export function variableProblems(path: string, fields: VariableFields): Problem[] {
  const { environment, secrets } = fields as Partial<Record<string, unknown>>
  return [
    ...entriesOf(environment).flatMap(([name, value]): readonly (Problem | undefined)[] => {
      const at = `${path}.environment.${name}`
      return [
        nameProblem(at, name),
        problem(!isString(value), at, 'be a string', typeof value, 'Write it in quotes.'),
        problem(
          isSecret(name, value),
          at,
          'hold no secret: task definitions, plans and the state show it',
          'a variable that looks like one',
          'Store it in Secrets Manager, and name it in `secrets`.',
        ),
      ]
    }),
    ...entriesOf(secrets).flatMap(([name, source]) => {
      const at = `${path}.secrets.${name}`
      return [
        nameProblem(at, name),
        problem(
          isObject(environment) && Object.hasOwn(environment, name),
          at,
          'be no variable of `environment` too',
          name,
          'Remove one of them.',
        ),
        sourceProblem(at, source),
      ]
    }),
    notObject(`${path}.environment`, environment),
    notObject(`${path}.secrets`, secrets),
  ].filter((found) => found !== undefined)
}

export function featureFlagProblems(path: string, { featureFlags }: FeatureFlagFields): Problem[] {
  const isValid =
    featureFlags === undefined ||
    featureFlags === 'off' ||
    (isObject(featureFlags) &&
      Object.values(featureFlags).every(
        (value) => ['boolean', 'string'].includes(typeof value) || Number.isFinite(value),
      ) &&
      !hasSecret(JSON.stringify(featureFlags)) &&
      JSON.stringify(featureFlags).length <= 4096)
  return problemUnless(isValid, {
    path: `${path}.featureFlags`,
    must: 'be "off", or values of true, false, numbers and strings by name, without secrets, and in 4096 characters of JSON: a parameter holds no more',
    got: isObject(featureFlags) ? `the names ${Object.keys(featureFlags)}` : featureFlags,
    fix: 'Correct them, or remove the field.',
  })
}

function entriesOf(variables: unknown): [string, unknown][] {
  return isObject(variables) ? Object.entries(variables) : []
}

function notObject(path: string, variables: unknown): Problem | undefined {
  const isInvalid = variables !== undefined && !isObject(variables)
  const must = 'be an object of variables by name'
  return problem(isInvalid, path, must, typeof variables, 'Write it like the others.')
}

function problem(isInvalid: boolean, path: string, must: string, got: unknown, fix: string) {
  return isInvalid ? { path, must, got, fix } : undefined
}

/** Credentials of the task role, and the metadata of the task. */
const setByEcs = /^(ECS_|AWS_CONTAINER_|AWS_EXECUTION_ENV$)/

function nameProblem(path: string, name: string): Problem | undefined {
  return (
    problem(
      !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
      path,
      'be named with letters, digits and _, not starting with a digit',
      name,
      'Rename it.',
    ) ?? problem(setByEcs.test(name), path, 'be no variable that ECS sets', name, 'Remove it.')
  )
}

function sourceProblem(path: string, source: unknown): Problem | undefined {
  const fix = 'Correct it.'
  if (!isObject(source) || 'secret' in source === 'parameter' in source) {
    const must = 'name a `secret`, with or without a `key` of its JSON, or a `parameter`'
    return { path, must, got: isObject(source) ? Object.keys(source) : typeof source, fix }
  }
  const { secret, parameter, key } = source
  if ('parameter' in source) {
    const isName =
      isString(parameter) &&
      parameter.length <= 900 &&
      /^\/?[\w.-]+(\/[\w.-]+)*$/.test(parameter) &&
      !/^\/?(aws|ssm)/i.test(parameter)
    return (
      problem(
        !isName,
        path,
        'name a parameter of this account: letters, digits and _ . - in parts separated by /, not starting with aws or ssm',
        parameter,
        fix,
      ) ?? problem(key !== undefined, path, 'have a key of a secret only', key, 'Remove the key.')
    )
  }
  return (
    problem(!isSecretName(secret), path, `name ${secretNameRule}`, secret, fix) ??
    problem(
      key !== undefined && !(isString(key) && /^[^:\s${}%]+$/.test(key)),
      path,
      'have as key one of the JSON in the secret, without : $ % { } and spaces',
      key,
      fix,
    )
  )
}
