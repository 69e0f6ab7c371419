// Command eso-templates answers what External Secrets makes of templates: its own engine, taken as a library.
//
// Each line of standard input is a question in JSON, and each line of standard output its answer:
//
//	{"ask": "functions"}                          the names that templates may call, Go's own left out
//	{"ask": "parse", "text": "{{ .a }}"}          whether Go can read the template; an error if not
//	{"ask": "render", "data": {}, "labels": {}, "annotations": {}, "values": {}}
//	                                              the Secret that the templates give with the fetched values
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"text/template"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	engine "github.com/external-secrets/external-secrets/pkg/template/v2"
	corev1 "k8s.io/api/core/v1"
)

type texts map[string]string

type question struct {
	Ask         string `json:"ask"`
	Text        string `json:"text"`
	Data        texts  `json:"data"`
	Labels      texts  `json:"labels"`
	Annotations texts  `json:"annotations"`
	Values      texts  `json:"values"`
}

type answer struct {
	Names       []string `json:"names,omitempty"`
	Data        texts    `json:"data,omitempty"`
	Labels      texts    `json:"labels,omitempty"`
	Annotations texts    `json:"annotations,omitempty"`
	Error       string   `json:"error,omitempty"`
}

func (t texts) bytes() map[string][]byte {
	result := make(map[string][]byte, len(t))
	for key, text := range t {
		result[key] = []byte(text)
	}
	return result
}

func functions() answer {
	var found answer
	for name := range engine.FuncMap() {
		found.Names = append(found.Names, name)
	}
	return found
}

func parse(text string) answer {
	if _, err := template.New("value").Funcs(engine.FuncMap()).Parse(text); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{}
}

func render(asked question) answer {
	secret := &corev1.Secret{Data: map[string][]byte{}}
	values := asked.Values.bytes()
	for target, templates := range map[esv1.TemplateTarget]texts{
		esv1.TemplateTargetData:        asked.Data,
		esv1.TemplateTargetLabels:      asked.Labels,
		esv1.TemplateTargetAnnotations: asked.Annotations,
	} {
		if err := engine.Execute(templates.bytes(), values, esv1.TemplateScopeValues, target, secret); err != nil {
			return answer{Error: err.Error()}
		}
	}
	made := answer{Data: texts{}, Labels: secret.Labels, Annotations: secret.Annotations}
	for key, value := range secret.Data {
		made.Data[key] = string(value)
	}
	return made
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	for lines.Scan() {
		var asked question
		var given answer
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			given.Error = err.Error()
		} else if asked.Ask == "functions" {
			given = functions()
		} else if asked.Ask == "parse" {
			given = parse(asked.Text)
		} else {
			given = render(asked)
		}
		if err := output.Encode(given); err != nil {
			panic(err)
		}
	}
}
