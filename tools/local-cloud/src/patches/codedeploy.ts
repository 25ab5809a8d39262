import { AwsError } from '@tideway/spot-simulator'
import type { MotoPatch } from '../gateway/moto-patch'
import type {
  DeploymentConfiguration,
  DeploymentGroup,
  ReleaseSource,
} from '../scaling/deployed-releases'
import { localArn } from './account'
import { type Input, type Operations, operationsPatch } from './operations'
import { creationTime, ResourceStore, TagStore, uuidOf } from './stores'

/**
 * CodeDeploy applications, deployment configurations and deployment groups. moto writes times as text, which the
 * provider cannot read, and can neither change nor delete. A simulation runs the deployments. Remove it when an
 * application can be applied and destroyed.
 */
export class CodeDeploy implements ReleaseSource {
  private readonly tags = new TagStore()
  private readonly applications = resources('Application', 'application', this.tags)
  private readonly configurations = resources('DeploymentConfig', 'deploymentConfigInfo', this.tags)
  private readonly groupOperations = resources('DeploymentGroup', 'deploymentGroupInfo', this.tags)

  get groups(): readonly DeploymentGroup[] {
    return [...this.groupOperations.store.values()] as unknown as DeploymentGroup[]
  }

  configuration(name: string): DeploymentConfiguration | undefined {
    return this.configurations.store.get(name) as DeploymentConfiguration | undefined
  }

  hasApplication(name: string): boolean {
    return this.applications.store.has(name)
  }

  readonly operations: Operations = {
    CreateApplication: this.applications.create,
    GetApplication: this.applications.get,
    DeleteApplication: (input) => {
      for (const [key, { applicationName }] of this.groupOperations.store) {
        if (applicationName === input.applicationName) this.groupOperations.store.delete(key)
      }
      return this.applications.remove(input)
    },
    ListApplications: () => ({ applications: [...this.applications.store.keys()] }),
    CreateDeploymentConfig: this.configurations.create,
    GetDeploymentConfig: this.configurations.get,
    DeleteDeploymentConfig: this.configurations.remove,
    CreateDeploymentGroup: (input) => {
      const { computePlatform } = this.applications.store.find(input.applicationName)
      return this.groupOperations.create({ ...input, computePlatform })
    },
    GetDeploymentGroup: this.groupOperations.get,
    ListDeploymentGroups: ({ applicationName }) => {
      this.applications.store.find(applicationName)
      const own = this.groups.filter((group) => group.applicationName === applicationName)
      const names = own.map(({ deploymentGroupName }) => deploymentGroupName)
      return { applicationName, deploymentGroups: names }
    },
    UpdateDeploymentGroup: ({ currentDeploymentGroupName, newDeploymentGroupName, ...input }) => {
      const current = { ...input, deploymentGroupName: currentDeploymentGroupName }
      const deploymentGroupName = newDeploymentGroupName ?? currentDeploymentGroupName
      const stored = this.groupOperations.store.remove(this.groupOperations.keyOf(current))
      const updated = { ...stored, ...input, deploymentGroupName }
      this.groupOperations.store.set(this.groupOperations.keyOf(updated), updated)
      return { hooksNotCleanedUp: [] }
    },
    DeleteDeploymentGroup: this.groupOperations.remove,
    ListTagsForResource: ({ ResourceArn }) => ({ Tags: this.tags.list(ResourceArn) }),
    TagResource: ({ ResourceArn, Tags }) => this.tags.add(ResourceArn, Tags),
    UntagResource: ({ ResourceArn, TagKeys }) => this.tags.remove(ResourceArn, TagKeys),
  }

  readonly patch: MotoPatch = operationsPatch('codedeploy', this.operations, () =>
    [this.applications, this.configurations, this.groupOperations].flatMap(({ store }) => [
      ...store.keys(),
    ]),
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
