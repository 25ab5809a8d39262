import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { readSettings } from '@tideway/failover-lambda/settings'
import type { Aws } from './aws'
import { OperatorError, type Place } from './errors'

/** The deployed controller, as the configuration of its function describes it. */
export interface Controller {
  readonly clusters: readonly string[]
  readonly tableName: string
  readonly queueUrl: string
  readonly logGroupName: string
  readonly functionName: string
  /** Names of the Spot capacity providers. */
  readonly spotProviders: readonly string[]
  /** The capacity provider of each Auto Scaling group on Spot. */
  readonly spotGroups: ReadonlyMap<string, string>
  /** The variables of the function. */
  readonly variables: Readonly<Record<string, string>>
}

function functionNameOf(prefix: string): string {
  return `${prefix}-failover-reconcile`
}

/** That of the names of an environment, such as `tideway-prod-`. */
export function prefixOf(functionName: string): string {
  return functionName.replace(/failover-reconcile$/, '')
}

/** Finds the controller with one call. */
export async function findController(
  { lambda }: Pick<Aws, 'lambda'>,
  prefix: string,
  place: Place,
): Promise<{ readonly controller: Controller; readonly account: string }> {
  const functionName = functionNameOf(prefix)
  const found = await lambda
    .send(new GetFunctionConfigurationCommand({ FunctionName: functionName }))
    .catch((error: Error) => {
      if (error.name !== 'ResourceNotFoundException') throw error
      throw new OperatorError(
        `${functionName}: no such function in ${place.region}. Either the failover is not deployed to ${place.environment}, or it is in another region or account. Check -c, or --cluster, --region and --prefix, and the credentials.`,
      )
    })
  const { Environment, FunctionArn = '', LoggingConfig } = found
  if (Environment?.Error !== undefined) {
    const { ErrorCode = '', Message = '' } = Environment.Error
    throw new OperatorError(
      `lambda:GetFunctionConfiguration: the variables of ${functionName} cannot be decrypted (${ErrorCode}: ${Message}). The credentials need kms:Decrypt for its key: npm run failover -- policy -c ${place.environment} prints the policy.`,
    )
  }
  const variables = Environment?.Variables ?? {}
  const settings = settingsOf(functionName, variables)
  return {
    account: FunctionArn.split(':')[4] ?? '',
    controller: {
      ...settings,
      functionName,
      logGroupName: LoggingConfig?.LogGroup ?? `/aws/lambda/${functionName}`,
      spotProviders: [...settings.spotProviders],
      variables,
    },
  }
}

function settingsOf(functionName: string, variables: Readonly<Record<string, string>>) {
  try {
    return readSettings(variables)
  } catch (error) {
    throw new OperatorError(
      `${functionName}: this is no failover controller, or one of another release: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** The controller by the names that a deploy gives, without a call. */
export function expectedController(prefix: string, cluster: string): Controller {
  const functionName = functionNameOf(prefix)
  return {
    clusters: [cluster],
    tableName: `${prefix}-failover`,
    queueUrl: '',
    logGroupName: `/aws/lambda/${functionName}`,
    functionName,
    spotProviders: [],
    spotGroups: new Map(),
    variables: {},
  }
}
