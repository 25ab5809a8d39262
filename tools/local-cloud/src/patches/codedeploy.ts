import { AwsError } from '@tideway/spot-simulator'
import type { MotoPatch } from '../gateway/moto-patch'
import { localArn } from './account'
import { type Input, operationsPatch } from './operations'
import { creationTime, ResourceStore, TagStore, uuidOf } from './stores'

/**
 * CodeDeploy applications, deployment configurations and deployment groups. moto writes times as text, which the
 * provider cannot read, and can neither change nor delete. Can go when an application can be applied and destroyed.
 */
export function codedeploy(): MotoPatch {
  const [applications, configurations, groups] = [
    'Application',
    'DeploymentConfig',
    'DeploymentGroup',
  ].map((kind) => new ResourceStore(kind, `${kind}DoesNotExistException`)) as [
    ResourceStore,
    ResourceStore,
    ResourceStore,
  ]
  const tags = new TagStore()
  const groupKey = ({ applicationName, deploymentGroupName }: Input) =>
    `${applicationName}/${deploymentGroupName}`

  return operationsPatch(
    'codedeploy',
    {
      CreateApplication: ({ tags: given, ...input }) => {
        const name = String(input.applicationName)
        if (applications.has(name)) {
          throw new AwsError('ApplicationAlreadyExistsException', `Application ${name} exists.`)
        }
        const added = { applicationId: uuidOf(name), createTime: creationTime }
        applications.set(name, { ...input, ...added, linkedToGitHub: false })
        tags.add(localArn('codedeploy', `application:${name}`), given)
        return { applicationId: added.applicationId }
      },
      GetApplication: ({ applicationName }) => ({
        application: applications.find(applicationName),
      }),
      DeleteApplication: ({ applicationName }) => {
        applications.delete(String(applicationName))
        for (const key of groups.keys()) {
          if (key.startsWith(`${applicationName}/`)) groups.delete(key)
        }
        return {}
      },
      ListApplications: () => ({ applications: [...applications.keys()] }),
      CreateDeploymentConfig: (input) => {
        const name = String(input.deploymentConfigName)
        const deploymentConfigId = uuidOf(`config ${name}`)
        configurations.set(name, { ...input, deploymentConfigId, createTime: creationTime })
        return { deploymentConfigId }
      },
      GetDeploymentConfig: ({ deploymentConfigName }) => ({
        deploymentConfigInfo: configurations.find(deploymentConfigName),
      }),
      DeleteDeploymentConfig: ({ deploymentConfigName }) => {
        configurations.delete(String(deploymentConfigName))
        return {}
      },
      CreateDeploymentGroup: ({ tags: given, ...input }) => {
        const { computePlatform } = applications.find(input.applicationName)
        const key = groupKey(input)
        const deploymentGroupId = uuidOf(`group ${key}`)
        groups.set(key, { ...input, computePlatform, deploymentGroupId })
        tags.add(localArn('codedeploy', `deploymentgroup:${key}`), given)
        return { deploymentGroupId }
      },
      GetDeploymentGroup: (input) => ({ deploymentGroupInfo: groups.find(groupKey(input)) }),
      UpdateDeploymentGroup: ({ currentDeploymentGroupName, newDeploymentGroupName, ...input }) => {
        const current = { ...input, deploymentGroupName: currentDeploymentGroupName }
        const deploymentGroupName = newDeploymentGroupName ?? currentDeploymentGroupName
        const updated = { ...groups.remove(groupKey(current)), ...input, deploymentGroupName }
        groups.set(groupKey(updated), updated)
        return { hooksNotCleanedUp: [] }
      },
      DeleteDeploymentGroup: (input) => {
        groups.delete(groupKey(input))
        return { hooksNotCleanedUp: [] }
      },
      ListTagsForResource: ({ ResourceArn }) => ({ Tags: tags.list(ResourceArn) }),
      TagResource: ({ ResourceArn, Tags }) => tags.add(ResourceArn, Tags),
      UntagResource: ({ ResourceArn, TagKeys }) => tags.remove(ResourceArn, TagKeys),
    },
    () => [applications, configurations, groups].flatMap((store) => [...store.keys()]),
  )
}
