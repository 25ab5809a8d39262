import {
  type Environment,
  type PolicyStatement,
  type StackName,
  stackNames,
  stacks,
  stateObjectKey,
} from '@tideway/constructs'
import type { StateStore } from './state-store'

export interface StateAccess {
  readonly environment: Environment
  /** The stack whose role this is. */
  readonly stackName: StackName
  readonly state: StateStore
}

/** Allows reading the own state and those of declared upstream stacks, and denies all others. */
export function readsState(access: StateAccess): PolicyStatement[] {
  const readable: readonly StackName[] = [access.stackName, ...stacks[access.stackName].reads]
  return [
    { Sid: 'FindState', Action: 's3:ListBucket', Resource: access.state.bucketArn },
    {
      Sid: 'ReadOwnStateAndContracts',
      Action: 's3:GetObject',
      Resource: readable.map((name) => stateOf(name, access)),
    },
    { Sid: 'DecryptState', Action: 'kms:Decrypt', Resource: access.state.keyArn },
    {
      Sid: 'NoOtherState',
      Effect: 'Deny',
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Resource: allExcept(readable, access),
    },
  ]
}

/** Allows writing and locking the own state, and denies all others. */
export function writesOwnState(access: StateAccess): PolicyStatement[] {
  const { stackName } = access
  const ownState = stateOf(stackName, access)
  return [
    { Sid: 'WriteOwnState', Action: 's3:PutObject', Resource: ownState },
    {
      Sid: 'LockOwnState',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: lockOf(stackName, access),
    },
    {
      Sid: 'EncryptState',
      Action: ['kms:Encrypt', 'kms:GenerateDataKey'],
      Resource: access.state.keyArn,
    },
    {
      Sid: 'WriteNoOtherState',
      Effect: 'Deny',
      Action: 's3:PutObject',
      Resource: allExcept([stackName], access),
    },
    {
      // Terraform empties a state and never deletes it.
      Sid: 'DeleteOnlyTheOwnLock',
      Effect: 'Deny',
      Action: 's3:DeleteObject',
      Resource: [ownState, ...allExcept([stackName], access)],
    },
  ]
}

/** PowerUserAccess covers every bucket and key of the account, so these statements deny the state store. */
export function protectsStateStore({
  bucketArn,
  keyArn,
  logBucketArn,
}: StateStore): PolicyStatement[] {
  return [
    {
      Sid: 'OnlyObjectsOfTheStateBucket',
      Effect: 'Deny',
      NotAction: ['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'],
      Resource: [bucketArn, `${bucketArn}/*`],
    },
    {
      Sid: 'OnlyUseOfTheStateKey',
      Effect: 'Deny',
      NotAction: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
      Resource: keyArn,
    },
    {
      Sid: 'NothingOfTheLog',
      Effect: 'Deny',
      Action: 's3:*',
      Resource: [logBucketArn, `${logBucketArn}/*`],
    },
  ]
}

/** The states and locks of all other stacks, including the bootstrap. */
function allExcept(names: readonly StackName[], access: StateAccess): string[] {
  const others = [...stackNames.filter((name) => !names.includes(name)), 'bootstrap']
  return others.flatMap((name) => [stateOf(name, access), lockOf(name, access)])
}

function stateOf(name: string, { environment, state }: StateAccess): string {
  return `${state.bucketArn}/${stateObjectKey(environment, name)}`
}

function lockOf(name: string, access: StateAccess): string {
  return `${stateOf(name, access)}.tflock`
}
