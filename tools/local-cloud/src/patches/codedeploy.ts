import type { MotoPatch } from '../gateway/moto-patch'
import { account } from './account'
import { type Input, JsonService, Refusal } from './json-service'
import { TagStore } from './tags'

interface Tag {
  readonly Key: string
  readonly Value: string
}

/**
 * CodeDeploy's applications, configurations and groups. moto writes times as text, which the provider cannot
 * read, and cannot change or delete. Can go when an application of it applies and goes.
 */
export function codedeploy(): MotoPatch {
  const applications = new Map<string, Input>()
  const configurations = new Map<string, Input>()
  const groups = new Map<string, Input>()
  const tags = new TagStore()
  const arnOf = (kind: string, name: string) =>
    `arn:aws:codedeploy:${account.region}:${account.id}:${kind}:${name}`
  const put = (arn: string, given: unknown) =>
    tags.put(
      arn,
      ((given as readonly Tag[] | undefined) ?? []).map(({ Key, Value }) => [Key, Value] as const),
    )
  const found = (store: ReadonlyMap<string, Input>, key: string, kind: string) => {
    const item = store.get(key)
    if (item === undefined) {
      throw new Refusal(`${kind}DoesNotExistException`, `There is no ${kind} ${key}.`)
    }
    return item
  }
  const groupKey = ({ applicationName }: Input, name: unknown) => `${applicationName}/${name}`

  return new JsonService(
    'codedeploy',
    {
      CreateApplication: ({ tags: given, ...input }) => {
        const name = String(input.applicationName)
        if (applications.has(name)) {
          throw new Refusal('ApplicationAlreadyExistsException', `There is an application ${name}.`)
        }
        const application = {
          ...input,
          applicationId: idOf(name),
          createTime,
          linkedToGitHub: false,
        }
        applications.set(name, application)
        put(arnOf('application', name), given)
        return { applicationId: application.applicationId }
      },
      GetApplication: ({ applicationName }) => ({
        application: found(applications, String(applicationName), 'Application'),
      }),
      DeleteApplication: ({ applicationName }) => {
        const name = String(applicationName)
        applications.delete(name)
        for (const key of groups.keys()) if (key.startsWith(`${name}/`)) groups.delete(key)
        tags.forget(arnOf('application', name))
      },
      CreateDeploymentConfig: (input) => {
        const name = String(input.deploymentConfigName)
        const deploymentConfigId = idOf(`config ${name}`)
        configurations.set(name, { ...input, deploymentConfigId, createTime })
        return { deploymentConfigId }
      },
      GetDeploymentConfig: ({ deploymentConfigName }) => ({
        deploymentConfigInfo: found(
          configurations,
          String(deploymentConfigName),
          'DeploymentConfig',
        ),
      }),
      DeleteDeploymentConfig: ({ deploymentConfigName }) => {
        configurations.delete(String(deploymentConfigName))
      },
      CreateDeploymentGroup: ({ tags: given, ...input }) => {
        const { computePlatform } = found(
          applications,
          String(input.applicationName),
          'Application',
        )
        const key = groupKey(input, input.deploymentGroupName)
        const deploymentGroupId = idOf(`group ${key}`)
        groups.set(key, { ...input, computePlatform, deploymentGroupId })
        put(arnOf('deploymentgroup', key), given)
        return { deploymentGroupId }
      },
      GetDeploymentGroup: (input) => ({
        deploymentGroupInfo: found(
          groups,
          groupKey(input, input.deploymentGroupName),
          'DeploymentGroup',
        ),
      }),
      UpdateDeploymentGroup: ({ currentDeploymentGroupName, newDeploymentGroupName, ...input }) => {
        const key = groupKey(input, currentDeploymentGroupName)
        const before = found(groups, key, 'DeploymentGroup')
        const deploymentGroupName = newDeploymentGroupName ?? currentDeploymentGroupName
        groups.delete(key)
        groups.set(groupKey(input, deploymentGroupName), {
          ...before,
          ...input,
          deploymentGroupName,
        })
        return { hooksNotCleanedUp: [] }
      },
      DeleteDeploymentGroup: (input) => {
        groups.delete(groupKey(input, input.deploymentGroupName))
        return { hooksNotCleanedUp: [] }
      },
      ListApplications: () => ({ applications: [...applications.keys()] }),
      ListTagsForResource: ({ ResourceArn }) => ({
        Tags: [...tags.of(String(ResourceArn))].map(([Key, Value]) => ({ Key, Value })),
      }),
      TagResource: ({ ResourceArn, Tags }) => put(String(ResourceArn), Tags),
      UntagResource: ({ ResourceArn, TagKeys = [] }) =>
        tags.remove(String(ResourceArn), TagKeys as readonly string[]),
    },
    () => [...applications.keys(), ...configurations.keys(), ...groups.keys()],
  )
}

const createTime = 1_767_571_200

/** The same for the same name. */
function idOf(name: string): string {
  const hex = Buffer.from(name).toString('hex').padEnd(32, '0')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-')
}
