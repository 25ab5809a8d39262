import type { Environment, PolicyStatement, StackName } from '@tideway/constructs'

/** PowerUserAccess excludes IAM. A stack may manage its own roles, within the permissions boundary. */
export function managesOwnRoles(
  { account, name }: Environment,
  { stackName, boundaryArn }: { stackName: StackName; boundaryArn: string },
): PolicyStatement[] {
  const own = `tideway-${name}-${stackName}-*`
  const roles = `arn:aws:iam::${account}:role/${own}`
  return [
    {
      Sid: 'GrantWithinTheBoundary',
      Action: [
        'iam:AttachRolePolicy',
        'iam:CreateRole',
        'iam:DeleteRolePolicy',
        'iam:DetachRolePolicy',
        'iam:PutRolePermissionsBoundary',
        'iam:PutRolePolicy',
      ],
      Resource: roles,
      Condition: { StringEquals: { 'iam:PermissionsBoundary': boundaryArn } },
    },
    {
      Sid: 'KeepOwnRoles',
      Action: [
        'iam:DeleteRole',
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:ListAttachedRolePolicies',
        'iam:ListInstanceProfilesForRole',
        'iam:ListRolePolicies',
        'iam:ListRoleTags',
        'iam:PassRole',
        'iam:TagRole',
        'iam:UntagRole',
        'iam:UpdateAssumeRolePolicy',
        'iam:UpdateRole',
      ],
      Resource: roles,
    },
    {
      Sid: 'KeepOwnInstanceProfiles',
      Action: [
        'iam:AddRoleToInstanceProfile',
        'iam:CreateInstanceProfile',
        'iam:DeleteInstanceProfile',
        'iam:GetInstanceProfile',
        'iam:RemoveRoleFromInstanceProfile',
        'iam:TagInstanceProfile',
        'iam:UntagInstanceProfile',
      ],
      Resource: `arn:aws:iam::${account}:instance-profile/${own}`,
    },
  ]
}
