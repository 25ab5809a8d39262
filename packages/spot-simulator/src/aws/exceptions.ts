import { AwsError } from '../endpoint'
import type { Fault } from './faults'

/** The exceptions that the SDK's ECS client has a class for. Others come as ECSServiceException by their name. */
export const ecsExceptions = [
  'AccessDeniedException',
  'AttributeLimitExceededException',
  'BlockedException',
  'ClientException',
  'ClusterContainsCapacityProviderException',
  'ClusterContainsContainerInstancesException',
  'ClusterContainsServicesException',
  'ClusterContainsTasksException',
  'ClusterNotFoundException',
  'ConflictException',
  'DaemonNotActiveException',
  'DaemonNotFoundException',
  'GatewayNotFoundException',
  'InvalidParameterException',
  'LimitExceededException',
  'MissingVersionException',
  'NamespaceNotFoundException',
  'NoUpdateAvailableException',
  'PlatformTaskDefinitionIncompatibilityException',
  'PlatformUnknownException',
  'ResourceInUseException',
  'ResourceNotFoundException',
  'ServerException',
  'ServiceDeploymentNotFoundException',
  'ServiceNotActiveException',
  'ServiceNotFoundException',
  'TargetNotConnectedException',
  'TargetNotFoundException',
  'TaskSetNotFoundException',
  'UnsupportedFeatureException',
  'UpdateInProgressException',
] as const

/** The same for DynamoDB. A ValidationException has no class. */
export const dynamoDbExceptions = [
  'BackupInUseException',
  'BackupNotFoundException',
  'ConditionalCheckFailedException',
  'ContinuousBackupsUnavailableException',
  'DuplicateItemException',
  'ExportConflictException',
  'ExportNotFoundException',
  'GlobalTableAlreadyExistsException',
  'GlobalTableNotFoundException',
  'IdempotentParameterMismatchException',
  'ImportConflictException',
  'ImportNotFoundException',
  'IndexNotFoundException',
  'InternalServerError',
  'InvalidEndpointException',
  'InvalidExportTimeException',
  'InvalidRestoreTimeException',
  'ItemCollectionSizeLimitExceededException',
  'LimitExceededException',
  'PointInTimeRecoveryUnavailableException',
  'PolicyNotFoundException',
  'ProvisionedThroughputExceededException',
  'ReplicaAlreadyExistsException',
  'ReplicaNotFoundException',
  'ReplicatedWriteConflictException',
  'RequestLimitExceeded',
  'ResourceInUseException',
  'ResourceNotFoundException',
  'TableAlreadyExistsException',
  'TableInUseException',
  'TableNotFoundException',
  'ThrottlingException',
  'TransactionCanceledException',
  'TransactionConflictException',
  'TransactionInProgressException',
] as const

export type EcsException = (typeof ecsExceptions)[number]
export type DynamoDbException = (typeof dynamoDbExceptions)[number]

const serverFaults: readonly string[] = ['ServerException', 'InternalServerError']

/** A fault of ECS or DynamoDB by its name, so that a misspelt one does not compile. */
export function exception(name: EcsException | DynamoDbException, message = 'simulated'): Fault {
  return () => new AwsError(name, message, serverFaults.includes(name) ? 500 : 400)
}
