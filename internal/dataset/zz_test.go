package dataset
import ("testing";"os";"fmt";"strings")
func TestZZ(t *testing.T){
 for _,line:=range strings.Split(os.Getenv("ZZ"),"\n"){ if line==""{continue}
  f:=strings.Fields(line); o:=Options{Target:f[1]}; for _,kv:=range f[2:]{k,v,_:=strings.Cut(kv,"="); switch k{case "task":o.Task=v;case "missing":o.Missing=v;case "only":o.Only=v;case "drop":o.Drop=v}}
  fmt.Println("=====",line)
  s,err:=Load(f[0],o); if err!=nil{fmt.Println("ERR",err);continue}
  for _,l:=range s.Report.Lines(){fmt.Printf("%-16s %-12s %s\n",l[0],l[1],l[2])}
  for _,g:=range s.Report.Guesses{fmt.Println(" guess:",g)}
  for _,g:=range s.Report.Warnings{fmt.Println(" WARN:",g)}
  fmt.Println(s.Train.N,s.Test.N,s.Inputs,s.Outputs, s.Train.X[:min(6,len(s.Train.X))])
 }}
