import {
  type Environment,
  type PolicyStatement,
  type StackName,
  stackNames,
  stacks,
  stateObjectKey,
} from '@tideway/constructs'

export interface StateAccess {
  readonly environment: Environment
  /** The stack whose role this is. */
  readonly of: StackName
  readonly stateBucketArn: string
  readonly stateKeyArn: string
  /** The bucket with the access log. */
  readonly stateLogArn: string
}

/** Allows reading the own state and those of declared upstream stacks, and denies all others. */
export function readsState(access: StateAccess): PolicyStatement[] {
  const readable: readonly StackName[] = [access.of, ...stacks[access.of].reads]
  return [
    { Sid: 'FindState', Action: 's3:ListBucket', Resource: access.stateBucketArn },
    {
      Sid: 'ReadOwnStateAndContracts',
      Action: 's3:GetObject',
      Resource: readable.map((name) => stateOf(name, access)),
    },
    { Sid: 'DecryptState', Action: 'kms:Decrypt', Resource: access.stateKeyArn },
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
  const { of, stateKeyArn } = access
  const state = stateOf(of, access)
  return [
    { Sid: 'WriteOwnState', Action: 's3:PutObject', Resource: state },
    {
      Sid: 'LockOwnState',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: lockOf(of, access),
    },
    { Sid: 'EncryptState', Action: ['kms:Encrypt', 'kms:GenerateDataKey'], Resource: stateKeyArn },
    {
      Sid: 'WriteNoOtherState',
      Effect: 'Deny',
      Action: 's3:PutObject',
      Resource: allExcept([of], access),
    },
    {
      // Terraform empties a state and never deletes it.
      Sid: 'DeleteOnlyTheOwnLock',
      Effect: 'Deny',
      Action: 's3:DeleteObject',
      Resource: [state, ...allExcept([of], access)],
    },
  ]
}

/** PowerUserAccess covers every bucket and key of the account, so these statements deny the state store. */
export function protectsStateStore({
  stateBucketArn,
  stateKeyArn,
  stateLogArn,
}: Pick<StateAccess, 'stateBucketArn' | 'stateKeyArn' | 'stateLogArn'>): PolicyStatement[] {
  return [
    {
      Sid: 'OnlyObjectsOfTheStateBucket',
      Effect: 'Deny',
      NotAction: ['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'],
      Resource: [stateBucketArn, `${stateBucketArn}/*`],
    },
    {
      Sid: 'OnlyUseOfTheStateKey',
      Effect: 'Deny',
      NotAction: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
      Resource: stateKeyArn,
    },
    {
      Sid: 'NothingOfTheLog',
      Effect: 'Deny',
      Action: 's3:*',
      Resource: [stateLogArn, `${stateLogArn}/*`],
    },
  ]
}

/** The states and locks of all other stacks, including the bootstrap. */
function allExcept(names: readonly StackName[], access: StateAccess): string[] {
  const others = [...stackNames.filter((name) => !names.includes(name)), 'bootstrap']
  return others.flatMap((name) => [stateOf(name, access), lockOf(name, access)])
}

function stateOf(name: string, { environment, stateBucketArn }: StateAccess): string {
  return `${stateBucketArn}/${stateObjectKey(environment, name)}`
}

function lockOf(name: string, access: StateAccess): string {
  return `${stateOf(name, access)}.tflock`
}
