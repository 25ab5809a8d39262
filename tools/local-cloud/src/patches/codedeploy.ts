import { AwsError } from '@tideway/spot-simulator'
import type { MotoPatch } from '../gateway/moto-patch'
import { localArn } from './account'
import { type Input, operationsPatch } from './operations'
import { creationTime, ResourceStore, TagStore, uuidOf } from './stores'

/**
 * CodeDeploy applications, deployment configurations and deployment groups. moto writes times as text, which the
 * provider cannot read, and can neither change nor delete. Remove it when an application can be applied and destroyed.
 */
export function codedeploy(): MotoPatch {
  const tags = new TagStore()
  const applications = resources('Application', 'application', tags)
  const configurations = resources('DeploymentConfig', 'deploymentConfigInfo', tags)
  const groups = resources('DeploymentGroup', 'deploymentGroupInfo', tags)
  return operationsPatch(
    'codedeploy',
    {
      CreateApplication: applications.create,
      GetApplication: applications.get,
      DeleteApplication: (input) => {
        for (const [key, { applicationName }] of groups.store) {
          if (applicationName === input.applicationName) groups.store.delete(key)
        }
        return applications.remove(input)
      },
      ListApplications: () => ({ applications: [...applications.store.keys()] }),
      CreateDeploymentConfig: configurations.create,
      GetDeploymentConfig: configurations.get,
      DeleteDeploymentConfig: configurations.remove,
      CreateDeploymentGroup: (input) => {
        const { computePlatform } = applications.store.find(input.applicationName)
        return groups.create({ ...input, computePlatform })
      },
      GetDeploymentGroup: groups.get,
      ListDeploymentGroups: ({ applicationName }) => ({
        applicationName,
        deploymentGroups: [...groups.store.values()]
          .filter((group) => group.applicationName === applicationName)
          .map(({ deploymentGroupName }) => deploymentGroupName),
      }),
      UpdateDeploymentGroup: ({ currentDeploymentGroupName, newDeploymentGroupName, ...input }) => {
        const current = { ...input, deploymentGroupName: currentDeploymentGroupName }
        const deploymentGroupName = newDeploymentGroupName ?? currentDeploymentGroupName
        const stored = groups.store.remove(groups.keyOf(current))
        const updated = { ...stored, ...input, deploymentGroupName }
        groups.store.set(groups.keyOf(updated), updated)
        return { hooksNotCleanedUp: [] }
      },
      DeleteDeploymentGroup: groups.remove,
      ListTagsForResource: ({ ResourceArn }) => ({ Tags: tags.list(ResourceArn) }),
      TagResource: ({ ResourceArn, Tags }) => tags.add(ResourceArn, Tags),
      UntagResource: ({ ResourceArn, TagKeys }) => tags.remove(ResourceArn, TagKeys),
    },
    () => [applications, configurations, groups].flatMap(({ store }) => [...store.keys()]),
  )
}

/** The operations on one kind of resource, and the field of its description. */
function resources(kind: string, outputField: string, allTags: TagStore) {
  const store = new ResourceStore(kind, `${kind}DoesNotExistException`)
  const fieldPrefix = `${kind.slice(0, 1).toLowerCase()}${kind.slice(1)}`
  const keyOf = (input: Input) =>
    kind === 'DeploymentGroup'
      ? `${input.applicationName}/${input.deploymentGroupName}`
      : String(input[`${fieldPrefix}Name`])
  const arnOf = (key: string) => localArn('codedeploy', `${kind.toLowerCase()}:${key}`)
  return {
    store,
    keyOf,
    create: ({ tags, ...input }: Input) => {
      const key = keyOf(input)
      if (store.has(key)) {
        throw new AwsError(`${kind}AlreadyExistsException`, `${kind} ${key} exists.`)
      }
      const id = { [`${fieldPrefix}Id`]: uuidOf(`${kind} ${key}`) }
      store.set(key, { ...input, ...id, createTime: creationTime })
      allTags.put(arnOf(key), tags)
      return id
    },
    get: (input: Input) => ({ [outputField]: store.find(keyOf(input)) }),
    remove: (input: Input) => {
      store.delete(keyOf(input))
      allTags.delete(arnOf(keyOf(input)))
      return {}
    },
  }
}
