{{- define "pod" -}}
containers:
  - name: app
    image: example.com/app:1
    {{- if . }}
    envFrom:
      - secretRef: {name: {{ . }}}
    {{- end }}
{{- end -}}
