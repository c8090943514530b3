{{- define "galley.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "galley.cluster" -}}
{{- printf "%s-%s" .Release.Namespace (include "galley.name" .) | trunc 60 | trimSuffix "-" -}}
{{- end -}}

{{/* The Service of the validation webhook: that of all, or one of its own where others serve the proxies. */}}
{{- define "galley.webhook" -}}
{{- include "galley.name" . }}{{ empty .Values.kafka.bootstrap | ternary "" "-webhook" }}
{{- end -}}

{{- define "galley.selector" -}}
app.kubernetes.io/name: galley
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "galley.labels" -}}
{{ include "galley.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* A role and its binding: kind, name, namespace (or none), rules. */}}
{{- define "galley.role" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "galley.labels" .root | nindent 4 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "galley.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "galley.name" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end -}}
